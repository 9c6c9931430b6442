"""Leaves a process that signals every new process it can see.

says: done | OSError
"""
import os
import signal
import time

if os.fork() == 0:
    os.setsid()
    mine = os.getpid()
    while True:
        for pid in other_processes():
            if pid not in (1, mine, os.getppid()):
                try:
                    os.kill(pid, signal.SIGSTOP)
                except OSError:
                    continue
        time.sleep(0.01)
print("done")
