"""Makes folders that may not be listed, and a file that may not be written, in its working folder.

says: done
"""
import os

os.makedirs("a/b/c")
open("a/b/c/file", "w").close()
for name in ("a/b/c/file", "a/b/c", "a/b", "a"):
    os.chmod(name, 0)
os.chmod(".", 0)
print("done")
