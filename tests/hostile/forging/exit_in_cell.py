"""Leaves by sys.exit() in a cell, before the tests come.

says: SystemExit
stock: run
"""
import sys

sys.exit(0)
