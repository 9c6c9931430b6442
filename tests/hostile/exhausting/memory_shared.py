"""Fills the memory by shared anonymous mappings, which the limit on private memory does not count.

says: MemoryError | KernelDied | OSError
"""
import mmap

kept = []
for _ in range(256):
    kept.append(mmap.mmap(-1, 2**26))
    for place in range(0, 2**26, 4096):
        kept[-1][place] = 1
raise Success("16 GiB")
