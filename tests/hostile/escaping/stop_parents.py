"""Stops its parent and the processes outside, instead of killing them.

says: KernelDied | TimeLimit | nobody
"""
import os
import signal

for pid in (VICTIM, os.getppid(), 1):
    if pid:
        try:
            os.kill(pid, signal.SIGSTOP)
        except OSError:
            continue
raise LookupError("nobody")
