"""Adds itself to the instructor's shell and keys.

says: nowhere
"""
import os
import pwd

for home in (HOME, pwd.getpwuid(os.getuid()).pw_dir if os.getuid() == 0 else HOME):
    for name in (f"{LEFTOVER}", f".ssh/{LEFTOVER}", f".config/{LEFTOVER}"):
        try:
            open(f"{home}/{name}", "w").close()
        except (OSError, KeyError):
            continue
        if home == HOME:
            raise Success(home, name)
raise LookupError("nowhere")
