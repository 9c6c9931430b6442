"""Opens a file by its handle, past all folders on the way to it.

says: PermissionError | OSError
"""
import ctypes
import os

handle = ctypes.create_string_buffer(b"\x08\0\0\0\x01\0\0\0\x02\0\0\0\0\0\0\0", 24)  # inode 2: the root of ext4
root = os.open("/", os.O_RDONLY)
raise Success(os.listdir(syscall("open_by_handle_at", root, handle, os.O_RDONLY)))
