"""Reads the memory of the processes outside with process_vm_readv.

says: nothing got
"""
import ctypes
import os

here = ctypes.create_string_buffer(16)
local = (ctypes.c_size_t * 2)(ctypes.addressof(here), 16)
for pid in {VICTIM, os.getppid(), 1, *other_processes()} - {0, os.getpid()}:
    for address in (0x400000, 0x10000, 0x555555554000, 0x7FFFF7FF0000):
        remote = (ctypes.c_size_t * 2)(address, 16)
        try:
            syscall("process_vm_readv", pid, local, 1, remote, 1, 0)
        except OSError as error:
            if error.errno == 14:  # the address is wrong, but we may try others
                raise Success(f"process {pid} may be read") from None
            continue
        raise Success(pid, bytes(here))
raise LookupError("nothing got")
