"""Fills the memory in a cell.

says: MemoryError | KernelDied
"""
kept = []
while True:
    kept.append(bytearray(2**24))
