"""Leaves a message in memory that programs share.

says: done
"""
from multiprocessing import shared_memory

for attempt in (
    lambda: shared_memory.SharedMemory(LEFTOVER, create=True, size=100),
    lambda: syscall("shmget", SHARED + 1, 4096, 0o1666),
    lambda: syscall("msgget", SHARED + 1, 0o1666),
):
    try:
        attempt()
    except OSError:
        continue
print("done")
# %% next
from multiprocessing import shared_memory

for attempt in (
    lambda: shared_memory.SharedMemory(LEFTOVER),
    lambda: syscall("shmget", SHARED + 1, 4096, 0),
    lambda: syscall("msgget", SHARED + 1, 0),
):
    try:
        attempt()
    except OSError:
        continue
    raise Success("found")
