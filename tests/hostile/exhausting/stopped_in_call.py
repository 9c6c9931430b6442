"""Stops its own process in a call.

loses: conv2d
says: in time | ended the whole Python process
"""
import os
import signal


def conv2d(image, kernel, stride=1, padding=0):
    os.kill(os.getpid(), signal.SIGSTOP)
