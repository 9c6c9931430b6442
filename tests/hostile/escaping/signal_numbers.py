"""Tries to signal every process number there may be.

says: nobody outside
"""
import os

for pid in range(2, 2**15):
    try:
        os.kill(pid, 0)
    except OSError:
        continue
    try:
        session = os.getsid(pid)
    except OSError:
        raise Success(pid) from None
    if pid == VICTIM and open(f"/proc/{pid}/comm").read() == "sleep\n":
        raise Success(pid)
raise LookupError("nobody outside")
