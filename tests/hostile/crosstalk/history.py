"""Leaves its solution in IPython's history.

says: done
stock: run
"""
print("done", LEFTOVER)
# %% next
from IPython.core.history import HistoryAccessor

try:
    entries = [entry for entry in HistoryAccessor().search("*") if LEFTOVER in entry[2] and "done" in entry[2]]
except Exception as error:
    entries = []
if entries:
    raise Success(entries)
