"""Recurses without end, with the limit taken off.

loses: conv2d
says: ended the whole Python process | RecursionError | MemoryError | in time
"""
import sys

sys.setrecursionlimit(2**31 - 1)


def conv2d(image, kernel, stride=1, padding=0):
    return conv2d(image, kernel)
