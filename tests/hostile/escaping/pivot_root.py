"""Exchanges its root for its working folder.

says: PermissionError | OSError
"""
raise Success(syscall("pivot_root", b".", b"."))
