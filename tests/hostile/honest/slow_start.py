"""Takes a while in its first cell, but less than it may.

says: ready
stock: run
"""
import time

time.sleep(1.5)
print("ready")
