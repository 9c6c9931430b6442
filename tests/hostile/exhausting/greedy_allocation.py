"""Asks for eight terabytes at once.

loses: conv2d
says: MemoryError
"""
import numpy as np


def conv2d(image, kernel, stride=1, padding=0):
    return np.ones((10**6, 10**6))
