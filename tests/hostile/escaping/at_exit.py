"""Registers what happens when its process ends.

says: done
"""
import atexit
import os
import signal


def leave():
    for place in (COURSE, HOME, "/tmp"):
        try:
            open(f"{place}/{LEFTOVER}", "w").close()
        except OSError:
            continue


atexit.register(leave)
signal.signal(signal.SIGTERM, lambda *arguments: leave())
print("done")
