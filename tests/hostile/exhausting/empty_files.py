"""Uses up the file system's inodes, and its own time.

says: OSError | TimeLimit | KernelDied
"""
number = 0
while True:
    open(f"{LEFTOVER}-{number}", "wb").close()
    number += 1
