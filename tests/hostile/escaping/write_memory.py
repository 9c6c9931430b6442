"""Writes into the memory of its parents.

says: nothing got
"""
import ctypes
import os

here = ctypes.create_string_buffer(b"x" * 16)
local = (ctypes.c_size_t * 2)(ctypes.addressof(here), 16)
for pid in {VICTIM, os.getppid(), 1} - {0}:
    for address in (0x10000, ctypes.addressof(here)):
        try:
            syscall("process_vm_writev", pid, local, 1, (ctypes.c_size_t * 2)(address, 16), 1, 0)
        except OSError as error:
            if error.errno == 14:
                raise Success(f"process {pid} may be written") from None
            continue
        raise Success(pid, address)
raise LookupError("nothing got")
