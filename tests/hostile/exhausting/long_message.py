"""Raises an exception with a message of 200 megabytes.

loses: conv2d
says: ValueError | in time
"""


def conv2d(image, kernel, stride=1, padding=0):
    raise ValueError("x" * 200_000_000)
