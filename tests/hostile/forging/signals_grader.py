"""Sends its parents the signals that Python turns into exceptions.

says: nobody
"""
import os
import signal

for pid in {VICTIM, *other_processes(), os.getppid(), 1} - {0, os.getpid()}:
    try:
        os.kill(pid, signal.SIGINT)
        if pid == VICTIM:
            raise Success(pid)
    except OSError:
        continue
raise LookupError("nobody")
