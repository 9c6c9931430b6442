"""Ends the process with code 0 in the middle of a call.

loses: conv2d
says: ended the whole Python process
stock: run
"""
import os


def conv2d(image, kernel, stride=1, padding=0):
    os._exit(0)
