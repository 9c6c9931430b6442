"""Leaves signal handlers, limits, processor affinity and a priority behind.

says: done
stock: run
"""
import os
import signal

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
os.nice(19)
print("done")
# %% next
import os
import signal

if signal.getsignal(signal.SIGUSR2) == signal.SIG_IGN or os.getpriority(os.PRIO_PROCESS, 0) == 19:
    raise Success("inherited")
if signal.SIGUSR1 in signal.pthread_sigmask(signal.SIG_BLOCK, ()):
    raise Success("blocked")
