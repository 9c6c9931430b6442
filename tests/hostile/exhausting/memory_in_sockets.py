"""Fills the kernel's memory with what is on its way through sockets, from many processes.

says: KernelDied | MemoryError | OSError | BlockingIOError | TimeLimit
"""
import os
import socket
import time

children, most = [], 48 * 2**20
for _ in range(32):
    pid = os.fork()
    if pid == 0:
        kept, total = [], 0
        try:
            while total < most:
                pair = socket.socketpair()
                pair[0].setblocking(False)
                try:
                    while total < most:
                        total += pair[0].send(bytes(2**16))
                except BlockingIOError:
                    pass
                kept.append(pair)
        except OSError:
            os._exit(1)
        time.sleep(1)
        os._exit(0)
    children.append(pid)
codes = [os.waitpid(pid, 0)[1] for pid in children]
if not any(codes):
    raise Success("1.5 GiB")
raise MemoryError(codes)
