"""Tries the large, old and new interfaces of the kernel that no notebook needs.

says: none of them
"""
import errno

attempts = {
    "bpf": (0, bytes(64), 64),
    "fanotify_init": (0, 0),
    "io_uring_setup": (8, ctypes.create_string_buffer(120)),
    "keyctl": (0, -3, 1),
    "perf_event_open": (ctypes.create_string_buffer(b"\0" * 4 + b"\x80", 128), 0, -1, -1, 0),
    "userfaultfd": (1,),
    "quotactl": (0, 0, 0, 0),
    "swapon": (b"swap", 0),
    "kexec_load": (0, 0, 0, 0),
    "init_module": (b"", 0, b""),
    "reboot": (0, 0, 0, 0),
}
refused = {errno.EPERM, errno.ENOSYS, errno.EACCES}
reached = []
for name, arguments in attempts.items():
    try:
        syscall(name, *arguments)
        reached.append(name)
    except OSError as error:
        if error.errno not in refused:
            reached.append((name, str(error)))
if reached:
    raise Success(reached)
raise LookupError("none of them")
