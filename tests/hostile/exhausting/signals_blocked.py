"""Blocks all signals in its thread, and loops.

says: TimeLimit
"""
import signal

signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
while True:
    pass
