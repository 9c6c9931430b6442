"""Writes an integer of millions of digits in decimal, which takes quadratic time in C.

says: TimeLimit
"""
import sys

sys.set_int_max_str_digits(0)
str(1 << 2**27)
