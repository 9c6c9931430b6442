"""Looks through every descriptor that it was born with.

says: nothing of interest
stock: run
"""
import os
import stat

for number in range(3, 256):
    try:
        mode = os.fstat(number).st_mode
        target = os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        continue
    if stat.S_ISDIR(mode):
        for way in ("..", f"../{COURSE}", "../../../../../../../.." + COURSE):
            try:
                names = os.listdir(os.open(way, os.O_RDONLY, dir_fd=number))
            except OSError:
                continue
            if "nbgrader_config.py" in names or "gradebook.db" in names:
                raise Success(target, way, names)
    elif stat.S_ISREG(mode):
        content = os.pread(number, 100_000, 0)
        if b"canary-" in content or target.startswith(COURSE):
            raise Success(target)
raise LookupError("nothing of interest")
