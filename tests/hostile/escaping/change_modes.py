"""Changes mode, owner, times and attributes of files of the course, for which no file need be opened.

says: nothing done
"""
import os

path = f"{COURSE}/nbgrader_config.py"
for attempt in (
    lambda: os.chmod(path, 0o777),
    lambda: syscall("fchmodat", -100, path.encode(), 0o777, 0),
    lambda: os.chown(path, 12345, 12345),
    lambda: os.utime(path, (0, 0)),
    lambda: os.setxattr(path, "user.mark", b"here"),
    lambda: os.chmod(COURSE, 0),
):
    try:
        attempt()
    except OSError:
        continue
    raise Success(path)
raise LookupError("nothing done")
