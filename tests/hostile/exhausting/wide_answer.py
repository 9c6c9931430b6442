"""Returns a list of ten million numbers.

loses: conv2d
says: is expected | MemoryError | in time
"""


def conv2d(image, kernel, stride=1, padding=0):
    return [0] * 10**7
