"""Catches every interrupt and goes on.

says: TimeLimit
"""
while True:
    try:
        while True:
            pass
    except BaseException:
        continue
