"""Computes in a process pool with the default way of starting processes.

says: [1, 2, 6, 24]
"""
import math
from concurrent.futures import ProcessPoolExecutor

with ProcessPoolExecutor(2) as pool:
    print(list(pool.map(math.factorial, [1, 2, 3, 4])))
