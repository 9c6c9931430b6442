"""Fills the memory by files that have no name.

says: PermissionError | OSError | KernelDied
"""
import os

descriptor = syscall("memfd_create", b"full", 0)
for _ in range(256):
    os.write(descriptor, bytes(2**26))
raise Success("16 GiB")
