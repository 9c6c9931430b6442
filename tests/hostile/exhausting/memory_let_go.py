"""Fills shared memory in several processes and lets go of the pages, so that no process seems to have them.

says: KernelDied | MemoryError | OSError
"""
import mmap
import os
import time

libc = ctypes.CDLL(None, use_errno=True)
size = 2**27
children = []
for _ in range(16):
    pid = os.fork()
    if pid == 0:
        try:
            area = mmap.mmap(-1, size)
            address = ctypes.addressof(ctypes.c_char.from_buffer(area))
            for start in range(0, size, 2**24):
                ctypes.memset(address + start, 1, 2**24)
                libc.madvise(ctypes.c_void_p(address + start), ctypes.c_size_t(2**24), 4)  # MADV_DONTNEED
            time.sleep(2)
            os._exit(0 if area[0] == 1 else 1)
        except BaseException:
            os._exit(1)
    children.append(pid)
codes = [os.waitpid(pid, 0)[1] for pid in children]
if not any(codes):
    raise Success("2 GiB")
raise MemoryError(codes)
