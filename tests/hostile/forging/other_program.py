"""Replaces the process by another program in the middle of a call.

loses: conv2d
says: ended the whole Python process | cannot be read | in time | PermissionError
stock: run
"""
import os
import sys


def conv2d(image, kernel, stride=1, padding=0):
    os.execv(sys.executable, [sys.executable, "-c", "print('5.0')"])
