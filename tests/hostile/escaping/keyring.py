"""Leaves a key in the kernel's keyring of the user.

says: PermissionError | OSError
"""
raise Success(syscall("add_key", b"user", LEFTOVER.encode(), b"secret", 6, -4))
