"""Makes a read-only mount writable again.

says: PermissionError | OSError
"""
raise Success(syscall("mount", b"none", b"/", 0, 32, 0))  # MS_REMOUNT
