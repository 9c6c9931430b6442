"""Runs a regular expression for ever, in C, where no interrupt reaches it.

says: TimeLimit
"""
import re

re.match(r"(a+)+$", "a" * 60 + "b")
