"""Prints without end.

says: output cut here
"""
while True:
    print("x" * 10_000)
