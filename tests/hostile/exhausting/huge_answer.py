"""Returns an array of eight gigabytes, none of which is there.

loses: conv2d
says: cannot be sent | MemoryError | ended the whole Python process | cannot be read | is expected | in time
"""
import numpy as np


def conv2d(image, kernel, stride=1, padding=0):
    return np.broadcast_to(1.0, (10**5, 10**4))
