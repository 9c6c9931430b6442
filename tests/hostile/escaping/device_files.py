"""Makes device files for the disk and the memory.

says: PermissionError | OSError
"""
import os
import stat

os.mknod("memory", stat.S_IFCHR | 0o600, os.makedev(1, 1))
raise Success(open("memory", "rb").read(1))
