"""Fills the disk with many files.

says: OSError | KernelDied | TimeLimit
"""
for number in range(10**7):
    with open(f"{LEFTOVER}-{number}", "wb") as file:
        file.write(bytes(2**20))
