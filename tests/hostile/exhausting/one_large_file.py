"""Fills the disk with one file.

says: OSError | KernelDied
"""
with open(LEFTOVER, "wb") as file:
    for _ in range(4096):
        file.write(bytes(2**24))
raise Success("64 GiB")
