"""Opens a file system by the new mount interface.

says: PermissionError | OSError
"""
try:
    raise Success(syscall("fsopen", b"tmpfs", 0))
except OSError:
    raise Success(syscall("open_tree", -100, b"/", 1))  # OPEN_TREE_CLONE
