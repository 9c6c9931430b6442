"""Makes folders in folders, deeper than any path can name.

says: as deep as I like | OSError
"""
import os

for _ in range(3000):
    os.mkdir("d" * 50)
    os.chdir("d" * 50)
raise LookupError("as deep as I like")
