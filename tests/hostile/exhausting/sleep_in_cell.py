"""Sleeps for ever in a cell.

says: TimeLimit
"""
import time

time.sleep(10**6)
