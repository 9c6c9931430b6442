"""Leaves files for the next student in every folder for temporary files.

says: done
stock: run
"""
import os
import tempfile

for place in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", os.getcwd(), os.environ.get("HOME", "")):
    try:
        open(f"{place}/{LEFTOVER}", "w").write("the solution")
    except OSError:
        continue
print("done")
# %% next
import os
import tempfile

for place in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", os.getcwd(), os.environ.get("HOME", "")):
    if os.path.exists(f"{place}/{LEFTOVER}"):
        raise Success(place)
