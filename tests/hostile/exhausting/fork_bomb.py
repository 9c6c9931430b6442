"""Forks, and every child forks.

says: BlockingIOError | KernelDied | TimeLimit | OSError
"""
import os

while True:
    os.fork()
