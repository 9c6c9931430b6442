"""Tries to import a package that is not allowed, and does without it.

says: without
stock: run
"""
try:
    import pandas
except ImportError:
    print("without")
