"""Looks for the instructor's secrets in the environment, Python's and the C library's.

says: no secret in
stock: run
"""
import ctypes
import os

libc = ctypes.CDLL(None)
libc.getenv.restype = ctypes.c_char_p
found = libc.getenv(b"COURSE_SECRET") or os.environ.get("COURSE_SECRET")
if found:
    raise Success(found)
raise LookupError(f"no secret in {sorted(os.environ)}")
