"""Draws progress bars with carriage returns, on stderr.

says: 100%
stock: run
"""
import sys
import time

for step in range(101):
    sys.stderr.write(f"\r{step}% {'#' * (step // 5)}")
    sys.stderr.flush()
    time.sleep(0.002)
