"""Fills the kernel's memory with the contents of pipes and sockets.

says: OSError | MemoryError | BlockingIOError | KernelDied | Operation not permitted
"""
import fcntl
import os
import socket

kept, total = [], 0
while total < 2**32:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    fcntl.fcntl(writing, 1031, 2**20)  # F_SETPIPE_SZ
    total += os.write(writing, bytes(2**20))
    kept += [reading, writing]
raise Success(total)
