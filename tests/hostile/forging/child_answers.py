"""Forks in a call: parent and child both answer the request.

loses: all
base: stub
"""
import os


def conv2d(image, kernel, stride=1, padding=0):
    os.fork()
    return image * 1.0
