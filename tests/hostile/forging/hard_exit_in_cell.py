"""Ends the process while its cell runs.

says: KernelDied
stock: run
"""
import os

os._exit(0)
