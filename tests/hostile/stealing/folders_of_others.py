"""Reaches the course through another process's working folder and root.

says: nothing got
stock: run
"""
import os

for pid in [*other_processes(), "self", "thread-self"]:
    for way in ("cwd", "root" + COURSE):
        try:
            names = os.listdir(f"/proc/{pid}/{way}")
        except OSError:
            continue
        if "nbgrader_config.py" in names:
            raise Success(pid, way, names)
raise LookupError("nothing got")
