"""Makes system calls with the bit that marks the x32 interface.

says: KernelDied | OSError | PermissionError | not there
"""
import platform

if platform.machine() != "x86_64":
    raise LookupError("not there")
libc = ctypes.CDLL(None, use_errno=True)
result = libc.syscall(ctypes.c_long(0x40000000 + 41), ctypes.c_long(2), ctypes.c_long(1), ctypes.c_long(0))
if result >= 0:
    raise Success("a socket", result)
raise OSError(ctypes.get_errno(), "x32")
