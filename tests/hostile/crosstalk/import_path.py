"""Leaves entries, finders and hooks in the import system.

says: done
stock: run
"""
import sys

sys.path.insert(0, LEFTOVER)
sys.path_hooks.insert(0, lambda path: None)
sys.modules[LEFTOVER] = sys
print("done")
# %% next
import sys

if LEFTOVER in sys.path or LEFTOVER in sys.modules:
    raise Success(sys.path)
