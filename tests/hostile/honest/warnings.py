"""Causes warnings of all kinds, and leaves warnings shown as errors.

says: RuntimeWarning
stock: run
"""
import warnings

import numpy as np

np.array([1.0]) / 0
warnings.warn("old", DeprecationWarning, stacklevel=1)
warnings.simplefilter("always")
