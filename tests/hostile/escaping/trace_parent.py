"""Attaches to its parents as a debugger.

says: PermissionError | OSError
"""
import os

for pid in (VICTIM, os.getppid() or 1, 1):
    for request in (16, 0x4206):  # PTRACE_ATTACH, PTRACE_SEIZE
        try:
            syscall("ptrace", request, pid, 0, 0)
        except OSError as error:
            last = error
            continue
        raise Success(pid)
raise last
