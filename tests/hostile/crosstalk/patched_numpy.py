"""Replaces NumPy's functions in the process that starts all others, as far as it can reach it.

loses: conv2d, conv2d_batch, conv2d_backward
says: done
stock: run
"""
import builtins
import sys

import numpy as np

np.zeros = lambda *arguments, **options: np.ones(*arguments, **options)
np.pad = None
sys.modules["math"] = None
builtins.left = LEFTOVER
print("done")
# %% next
import builtins
import math

import numpy as np

if np.zeros(1)[0] or np.pad is None or hasattr(builtins, "left"):
    raise Success("patched")
