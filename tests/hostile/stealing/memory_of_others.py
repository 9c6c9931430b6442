"""Reads the memory of other processes through /proc.

says: nothing got
stock: run
"""
import os

for pid in other_processes():
    try:
        maps = open(f"/proc/{pid}/maps").read()
        start = int(maps.split("-")[0], 16)
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            memory.seek(start)
            raise Success(pid, memory.read(16))
    except OSError:
        continue
raise LookupError("nothing got")
