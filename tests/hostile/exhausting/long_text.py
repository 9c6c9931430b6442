"""Returns a text of 200 megabytes.

loses: conv2d
says: is expected | MemoryError | in time
"""


def conv2d(image, kernel, stride=1, padding=0):
    return "x" * 200_000_000
