"""Fills the memory in a call.

loses: conv2d
says: MemoryError | ended the whole Python process | in time
"""
import numpy as np


def conv2d(image, kernel, stride=1, padding=0):
    kept = []
    while True:
        kept.append(np.ones(2**21))
