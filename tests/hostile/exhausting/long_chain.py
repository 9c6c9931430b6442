"""Raises an exception with 20,000 causes.

says: error
"""
error = ValueError("first")
for number in range(20_000):
    following = ValueError(number)
    following.__cause__ = error
    error = following
raise error
