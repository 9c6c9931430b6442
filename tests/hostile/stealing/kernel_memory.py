"""Reads the memory of the machine through its devices.

says: PermissionError | FileNotFoundError
"""
for path in ("/dev/mem", "/dev/kmem", "/proc/kcore", "/dev/kmsg"):
    try:
        raise Success(path, open(path, "rb", buffering=0).read(16))
    except OSError as error:
        last = error
raise last
