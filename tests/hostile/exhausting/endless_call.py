"""Loops for ever in a call.

loses: conv2d
says: gave no answer in time
"""


def conv2d(image, kernel, stride=1, padding=0):
    while True:
        pass
