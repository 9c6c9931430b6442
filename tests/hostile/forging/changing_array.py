"""Goes on changing the returned array from a thread, in the hope that it is right when it is looked at.

loses: conv2d
stock: run
"""
import threading

import numpy as np


def conv2d(image, kernel, stride=1, padding=0):
    result = np.zeros((image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1))

    def change():
        for number in range(2000):
            result[...] = number

    threading.Thread(target=change, daemon=True).start()
    return result
