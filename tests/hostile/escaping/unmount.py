"""Unmounts what hides the rest of the machine.

says: PermissionError | OSError
"""
for place in (b"/proc", b"/tmp", b"/dev", b"/"):
    try:
        raise Success(place, syscall("umount2", place, 2))  # MNT_DETACH
    except OSError as error:
        last = error
raise last
