"""Sets off a timer every millisecond, also while it is being graded.

says: done | TimeLimit
"""
import signal

signal.signal(signal.SIGALRM, lambda *arguments: None)
signal.setitimer(signal.ITIMER_REAL, 1e-3, 1e-3)
print("done")
