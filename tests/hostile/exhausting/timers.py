"""Sets off a timer every ten microseconds, also while it is being graded.

says: done | TimeLimit
"""
import signal

signal.signal(signal.SIGALRM, lambda *arguments: None)
signal.setitimer(signal.ITIMER_REAL, 1e-5, 1e-5)
print("done")
