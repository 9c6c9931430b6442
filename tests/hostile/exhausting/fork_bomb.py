"""Forks, and every child forks.

topic: rnn
says: BlockingIOError | KernelDied | TimeLimit | OSError
"""
import os

while True:
    os.fork()
