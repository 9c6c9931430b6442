"""Ignores all signals that can be ignored, and loops.

says: TimeLimit
"""
import signal

for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
while True:
    pass
