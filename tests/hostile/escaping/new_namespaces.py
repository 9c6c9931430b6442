"""Makes a user namespace of its own, in which it is root, and others on top of it.

says: PermissionError | OSError
"""
names = {"user": 0x10000000, "mount": 0x20000, "network": 0x40000000, "pid": 0x20000000, "ipc": 0x8000000}
for name, flag in {**names, "time": 0x80, "cgroup": 0x2000000, "host name": 0x4000000}.items():
    try:
        raise Success(name, syscall("unshare", flag))
    except OSError as error:
        last = error
raise last
