"""Recurses a few thousand deep after raising the limit.

says: 5000
stock: run
"""
import sys

sys.setrecursionlimit(20_000)


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


print(depth(5000))
