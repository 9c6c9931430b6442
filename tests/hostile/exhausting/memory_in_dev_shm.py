"""Fills the memory by files in /dev/shm.

says: OSError | KernelDied
"""
with open(f"/dev/shm/{LEFTOVER}", "wb") as file:
    for _ in range(256):
        file.write(bytes(2**26))
raise Success("16 GiB")
