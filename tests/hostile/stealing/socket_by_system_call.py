"""Makes an internet socket by a raw system call with high bits set in its arguments.

says: PermissionError | OSError
stock: run
"""
raise Success(syscall("socket", 2 | (1 << 32), 1, 0))
