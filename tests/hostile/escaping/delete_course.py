"""Deletes, renames, empties and truncates files of the course.

says: nothing done
"""
import os

path = f"{COURSE}/nbgrader_config.py"
for attempt in (
    lambda: os.truncate(path, 0),
    lambda: open(path, "w"),
    lambda: open(path, "a"),
    lambda: os.rename(path, f"{COURSE}/{LEFTOVER}"),
    lambda: os.unlink(path),
    lambda: os.rename(f"{COURSE}/submitted", f"{COURSE}/{LEFTOVER}"),
):
    try:
        attempt()
    except OSError:
        continue
    raise Success(path)
raise LookupError("nothing done")
