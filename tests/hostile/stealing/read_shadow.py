"""Reads the machine's password hashes, and lists the folders of other users.

says: PermissionError | FileNotFoundError
"""
import os

try:
    found = open("/etc/shadow").read()[:20]
except OSError:
    found = os.listdir("/root")
raise Success(found)
