"""Fills the memory by many processes of which each stays below the limit.

says: MemoryError | OSError | KernelDied | BlockingIOError
"""
import os
import time

children = []
for _ in range(24):
    pid = os.fork()
    if pid == 0:
        try:
            kept = bytearray(b"x") * (300 * 2**20)
            time.sleep(2)
        except MemoryError:
            os._exit(1)
        os._exit(0)
    children.append(pid)
codes = [os.waitpid(pid, 0)[1] for pid in children]
if not any(codes):
    raise Success("7 GB")
raise MemoryError(codes)
