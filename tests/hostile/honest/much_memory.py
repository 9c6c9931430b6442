"""Uses a lot of memory, but no more than it may.

says: 512 MiB
"""
import numpy as np

big = np.ones(2**26)
print(big.nbytes // 2**20, "MiB")
big[::1000].sum()
