"""Kills its parent, its process group, the first process, and a process outside.

says: KernelDied | nobody
"""
import os
import signal

for pid in (VICTIM, os.getppid(), 1):
    if pid:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            continue
raise LookupError("nobody")
