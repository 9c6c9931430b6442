"""Makes pairs of sockets of every family, which is another system call than making one.

says: no pair but unix
"""
import ctypes

libc, made = ctypes.CDLL(None, use_errno=True), []
for family in range(2, 64):
    for kind in (1, 2, 3, 4, 5):
        pair = (ctypes.c_int * 2)()
        if libc.socketpair(family, kind, 0, pair) == 0:
            made.append((family, kind))
if made:
    raise Success(made)
raise LookupError("no pair but unix")
