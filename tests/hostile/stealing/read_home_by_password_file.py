"""Lists the home folder that the system's user database names.

says: FileNotFoundError | PermissionError | KeyError | nothing in it
stock: run
"""
import os
import pwd

names = os.listdir(pwd.getpwuid(os.getuid()).pw_dir)
if names:
    raise Success(names)
raise LookupError("nothing in it")
