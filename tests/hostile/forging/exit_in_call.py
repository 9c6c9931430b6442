"""Leaves with exit code 0 in the middle of a call, as if all had gone well.

loses: conv2d
says: SystemExit
stock: run
"""
import sys


def conv2d(image, kernel, stride=1, padding=0):
    sys.exit(0)
