"""Enters the namespaces of other processes.

says: PermissionError | FileNotFoundError | OSError
"""
import os

for pid in (VICTIM, os.getppid() or 1, 1):
    for name in ("mnt", "net", "pid", "user"):
        try:
            raise Success(pid, name, syscall("setns", os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY), 0))
        except OSError as error:
            last = error
raise last
