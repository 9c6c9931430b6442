"""Makes a user namespace by clone3, whose arguments no filter can read.

says: OSError | PermissionError
"""
import ctypes
import os

arguments = (ctypes.c_uint64 * 8)(0x10000000, 0, 0, 0, 17, 0, 0, 0)  # CLONE_NEWUSER, SIGCHLD
pid = syscall("clone3", arguments, 64)
if pid == 0:
    os._exit(0)
raise Success(pid)
