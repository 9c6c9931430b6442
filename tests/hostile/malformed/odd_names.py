"""A right notebook beside files with odd names.

stock: run
"""
import os


def add(folder):
    for name in (b"new\nline", b"\xff\xfe", b"-rf", b"{assignment}", b"'; drop table", b"\x1b[2J", b"%s", b"*"):
        with open(os.path.join(os.fsencode(folder), name), "w") as file:
            file.write("x")
