"""Raises its own priority above that of everything else.

says: PermissionError | OSError
"""
import os

try:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
except OSError:
    os.setpriority(os.PRIO_PROCESS, 0, -20)
raise Success(os.getpriority(os.PRIO_PROCESS, 0))
