"""Runs a program that is in no file system.

says: PermissionError | OSError
"""
import os

descriptor = syscall("memfd_create", b"program", 0)
os.write(descriptor, open("/bin/true", "rb").read())
pid = os.posix_spawn(f"/proc/self/fd/{descriptor}", ["true"], {})
if os.waitpid(pid, 0)[1] == 0:
    raise Success("it ran")
raise OSError("it did not run")
