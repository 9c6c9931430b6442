"""Attaches a System V memory segment of another program.

says: PermissionError | OSError | FileNotFoundError
"""
import ctypes

segment = syscall("shmget", SHARED, 4096, 0)
address = syscall("shmat", segment, 0, 0)
raise Success(ctypes.string_at(address, 40))
