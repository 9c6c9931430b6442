"""Seeds every global generator in cells and in its functions.

says: seeded
stock: run
"""
import os
import random

import numpy as np

os.environ["PYTHONHASHSEED"] = "0"
random.seed(0)
np.random.seed(0)
print("seeded")
