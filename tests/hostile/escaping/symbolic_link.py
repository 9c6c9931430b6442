"""Leaves symbolic links to the course in its working folder, and writes through them.

says: nowhere
"""
import os

for number, target in enumerate((COURSE, f"{COURSE}/nbgrader_config.py", HOME, "/")):
    os.symlink(target, f"link{number}")
for path in (f"link0/{LEFTOVER}", "link1", f"link2/{LEFTOVER}"):
    try:
        open(path, "a").close()
    except OSError:
        continue
    raise Success(path)
raise LookupError("nowhere")
