"""Reads what other programs keep in /dev/shm.

says: nothing found
stock: run
"""
import glob

for path in glob.glob("/dev/shm/hostile-*"):
    raise Success(path, open(path).read())
raise LookupError("nothing found")
