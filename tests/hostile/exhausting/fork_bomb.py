"""Forks, and every child forks.

topic: rnn
says: BlockingIOError | KernelDied | TimeLimit | OSError
"""
# In 03-rnn no check is timed: whatever is left of the bomb may slow its own student down.
import os

while True:
    os.fork()
