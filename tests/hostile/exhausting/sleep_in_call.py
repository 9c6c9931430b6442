"""Sleeps for ever in a call.

loses: conv2d
says: gave no answer in time
"""
import time


def conv2d(image, kernel, stride=1, padding=0):
    time.sleep(10**6)
