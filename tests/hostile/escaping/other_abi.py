"""Makes system calls by the interface for 32-bit programs, where numbers mean other things.

says: KernelDied | PermissionError | not there
"""
import mmap
import platform

if platform.machine() != "x86_64":
    raise LookupError("not there")
# mov eax, 359 (socket); mov ebx, 2 (AF_INET); mov ecx, 1; mov edx, 0; int 0x80; ret
code = b"\x53\xb8\x67\x01\x00\x00\xbb\x02\x00\x00\x00\xb9\x01\x00\x00\x00\xba\x00\x00\x00\x00\xcd\x80\x5b\xc3"
area = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
area.write(code)
function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(area)))
result = function()
if result >= 0:
    raise Success("a socket", result)
raise PermissionError(result)
