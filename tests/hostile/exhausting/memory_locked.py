"""Locks its memory, so that it cannot be swapped out.

says: not allowed | Cannot allocate memory | MemoryError | KernelDied
"""
import mmap

area = mmap.mmap(-1, 2**28)
address = ctypes.addressof(ctypes.c_char.from_buffer(area))
if ctypes.CDLL(None, use_errno=True).mlock(ctypes.c_void_p(address), ctypes.c_size_t(2**28)) == 0:
    raise Success("256 MiB are locked")
raise OSError("not allowed")
