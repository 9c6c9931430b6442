"""Stops its own process in a cell.

says: TimeLimit | KernelDied
"""
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
