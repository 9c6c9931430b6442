"""Prints, logs and warns in the function that is graded.

stock: run
"""
import logging
import sys
import warnings

import numpy as np

logging.basicConfig(level=logging.DEBUG)


def conv2d(image, kernel, stride=1, padding=0):
    print("image", image.shape, "kernel", kernel.shape)
    print("on stderr", file=sys.stderr)
    logging.info("stride %s", stride)
    warnings.warn("this is slow", stacklevel=1)
    padded = np.pad(np.asarray(image, dtype=float), padding)
    if kernel.shape[0] > padded.shape[0] or kernel.shape[1] > padded.shape[1]:
        raise ValueError("the kernel is larger than the padded image")
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)[::stride, ::stride]
    return np.einsum("ijkl,kl->ij", windows, np.asarray(kernel, dtype=float))
