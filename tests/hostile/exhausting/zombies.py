"""Starts thousands of processes that end at once, and waits for none of them.

says: BlockingIOError | KernelDied | TimeLimit
"""
import os

for _ in range(50_000):
    if os.fork() == 0:
        os._exit(0)
