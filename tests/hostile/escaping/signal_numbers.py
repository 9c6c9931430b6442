"""Tries to signal every process number there may be.

says: nobody outside
"""
import os

for pid in range(2, 2**15):
    try:
        os.kill(pid, 0)
    except OSError:
        continue
    if not os.path.exists(f"/proc/self/task/{pid}"):  # its own threads have numbers, too
        raise Success(pid)
raise LookupError("nobody outside")
