"""Leaves a process that holds locks on files which all students read.

says: done | OSError
"""
import fcntl
import os
import time

import numpy

if os.fork() == 0:
    os.setsid()
    file = open(numpy.__file__)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    time.sleep(600)
    os._exit(0)
time.sleep(0.2)
print("done")
# %% next
import fcntl

import numpy

try:
    fcntl.flock(open(numpy.__file__), fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError as error:
    raise Success(error) from None
