"""Uses a lot of memory, but no more than it may.

says: 256 MiB
"""
import numpy as np

big = np.ones(2**25)
print(big.nbytes // 2**20, "MiB")
big[::1000].sum()
