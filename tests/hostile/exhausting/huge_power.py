"""Computes a power that has billions of digits.

loses: conv2d
says: in time | MemoryError | ended the whole Python process
"""


def conv2d(image, kernel, stride=1, padding=0):
    return 9**9**9
