"""Loops for ever in a cell.

says: TimeLimit
"""
while True:
    pass
