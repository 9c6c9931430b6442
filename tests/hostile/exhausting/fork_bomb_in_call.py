"""Forks for ever in a call.

base: stub
loses: all
says: in time | ended the whole Python process | cannot be read | BlockingIOError
"""
import os


def conv2d(image, kernel, stride=1, padding=0):
    while True:
        os.fork()
