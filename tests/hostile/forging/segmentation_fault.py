"""Crashes the process with a segmentation fault in a call.

loses: conv2d
says: ended the whole Python process
stock: run
"""
import ctypes


def conv2d(image, kernel, stride=1, padding=0):
    return ctypes.string_at(0)
