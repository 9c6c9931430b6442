"""Turns NumPy's floating-point warnings into errors, as careful people do.

stock: run
"""
import numpy as np

np.seterr(divide="raise", invalid="raise")
