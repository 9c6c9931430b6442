"""Leaves a message in the kernel's keyring.

says: done
"""
try:
    syscall("add_key", b"user", b"note", LEFTOVER.encode(), len(LEFTOVER), -4)
except OSError as error:
    print(error)
print("done")
# %% next
note = ctypes.create_string_buffer(200)
try:
    key = syscall("keyctl", 10, -4, b"user", b"note", 0)
    syscall("keyctl", 11, key, note, 200)
except OSError:
    pass
if note.value:
    raise Success(note.value)
