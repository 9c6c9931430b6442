"""Closes every descriptor in the middle of a call.

loses: conv2d
says: ended the whole Python process | cannot be read | in time
"""
import os


def conv2d(image, kernel, stride=1, padding=0):
    os.closerange(3, 1000)
    return image
