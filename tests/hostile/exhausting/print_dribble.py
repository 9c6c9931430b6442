"""Prints a character at a time without end.

says: TimeLimit | output cut here
"""
while True:
    print(".", end="", flush=True)
