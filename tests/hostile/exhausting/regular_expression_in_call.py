"""Runs a regular expression for ever, in C, in a call.

loses: conv2d
says: gave no answer in time
"""
import re


def conv2d(image, kernel, stride=1, padding=0):
    re.match(r"(a+)+$", "a" * 60 + "b")
