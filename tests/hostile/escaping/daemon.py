"""Leaves a daemon that writes a file when the grading is over.

says: a daemon was started | OSError
"""
import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(20):
            for folder in (COURSE, HOME, "/tmp", "/dev/shm"):
                try:
                    open(f"{folder}/{LEFTOVER}", "w").close()
                except OSError:
                    pass
            time.sleep(1)
    os._exit(0)
print("a daemon was started")
