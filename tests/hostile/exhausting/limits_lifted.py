"""Takes the limits off itself, then fills the memory.

says: not permitted | not allowed | KernelDied | MemoryError
"""
import resource

for kind in (resource.RLIMIT_DATA, resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE):
    try:
        resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (OSError, ValueError):
        continue
kept = []
while len(kept) < 1024:
    kept.append(bytearray(b"x") * 2**24)
raise Success("16 GiB")
