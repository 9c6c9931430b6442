"""Writes to stderr, and to both descriptors directly, without end.

says: output cut here | TimeLimit
"""
import os
import sys

while True:
    sys.stderr.write("x" * 10_000)
    os.write(1, b"y" * 10_000)
    os.write(2, b"z" * 10_000)
