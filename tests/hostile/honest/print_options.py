"""Changes NumPy's and Python's ways of printing.

says: [1.0 2.0]
stock: run
"""
import builtins
import sys

import numpy as np

np.set_printoptions(precision=1, suppress=True, floatmode="fixed", linewidth=40)
sys.displayhook, shown = sys.displayhook, print
builtins.show = shown
print(np.array([1, 2.0]))
