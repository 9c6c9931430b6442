"""Writes into the grading engine itself.

says: nowhere
"""
import os

from grader.kernel import wire

folder = os.path.dirname(wire.__file__)
for path in (f"{folder}/{LEFTOVER}.py", f"{folder}/__pycache__/{LEFTOVER}.pyc", f"{REPOSITORY}/tests/{LEFTOVER}.py"):
    try:
        open(path, "w").close()
    except OSError:
        continue
    raise Success(path)
for attempt in (lambda: os.utime(wire.__file__), lambda: os.chmod(wire.__file__, 0o644), lambda: open(wire.__file__, "r+")):
    try:
        attempt()
    except OSError:
        continue
    raise Success(wire.__file__)
raise LookupError("nowhere")
