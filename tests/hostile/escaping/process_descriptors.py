"""Takes hold of processes by pidfd_open, and of their open files by pidfd_getfd.

says: nothing got
"""
import os

for pid in {VICTIM, os.getppid(), 1, *other_processes()} - {0, os.getpid()}:
    try:
        handle = syscall("pidfd_open", pid, 0)
    except OSError:
        continue
    for number in range(20):
        try:
            got = syscall("pidfd_getfd", handle, number, 0)
        except OSError:
            continue
        raise Success(pid, os.readlink(f"/proc/self/fd/{got}"))
raise LookupError("nothing got")
