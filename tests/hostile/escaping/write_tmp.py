"""Leaves files in the machine's folders for temporary files, as far as they are the machine's.

says: done
"""
for place in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/"):
    try:
        open(f"{place}/{LEFTOVER}", "w").close()
    except OSError:
        continue
print("done")
