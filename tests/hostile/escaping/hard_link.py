"""Makes hard links between the course and its working folder.

says: nowhere
"""
import os

try:
    os.link(f"{COURSE}/gradebook.db", "mine.db")
except OSError:
    try:
        open("mine", "w").close()
        os.link("mine", f"{COURSE}/{LEFTOVER}")
    except OSError:
        raise LookupError("nowhere") from None
raise Success("a link")
