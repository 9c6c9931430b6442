"""Watches the course's files from its own process.

says: PermissionError | OSError | FileNotFoundError
"""
watcher = syscall("inotify_init1", 0)
raise Success(syscall("inotify_add_watch", watcher, COURSE.encode(), 0xFFF))
