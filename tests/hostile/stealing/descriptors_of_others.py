"""Opens the files that other processes have open.

says: nothing got
stock: run
"""
import os

for pid in other_processes():
    try:
        numbers = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        continue
    for number in numbers:
        try:
            target = os.readlink(f"/proc/{pid}/fd/{number}")
        except OSError:
            continue
        if target.startswith(COURSE):
            raise Success(pid, target)
raise LookupError("nothing got")
