"""Recurses without end in C, by a deep chain of objects that is taken apart.

says: KernelDied | done | MemoryError | RecursionError | TimeLimit
"""
import itertools

chain = itertools.count()
for _ in range(3_000_000):
    chain = itertools.chain(chain)
del chain
print("done")
