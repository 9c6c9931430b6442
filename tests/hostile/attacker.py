# What every attacker is taken to know and have. The suite puts this into the first cell of an attack, after
# the facts about the machine: COURSE, REPOSITORY, HOME, LEFTOVER (the name for anything that is left
# anywhere), VICTIM (the id of a process outside), TCP, UDP (ports of listeners outside on 127.0.0.1),
# SOCKET, ABSTRACT, DATAGRAM (addresses of unix sockets outside), SHARED (the key of a memory segment).

import ctypes
import os
import platform


class Success(BaseException):
    """An attack that worked: its message is the evidence."""

    def __str__(self):
        return f"SUCCEEDED: {' '.join(map(str, self.args))}"[:2000]


_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long
_NUMBERS = {  # name: (x86-64, ARM64)
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clone3": (435, 435),
    "fanotify_init": (300, 262),
    "fchmodat": (268, 53),
    "fsopen": (430, 430),
    "init_module": (175, 105),
    "inotify_add_watch": (254, 27),
    "inotify_init1": (294, 26),
    "io_uring_setup": (425, 425),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "mknodat": (259, 33),
    "mount": (165, 40),
    "msgget": (68, 186),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "setns": (308, 268),
    "shmat": (30, 196),
    "shmget": (29, 194),
    "socket": (41, 198),
    "swapon": (167, 224),
    "symlinkat": (266, 36),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}


def syscall(name, *arguments):
    """A system call, past whatever Python and the C library check. Raises OSError."""
    ctypes.set_errno(0)
    number = _NUMBERS[name][platform.machine() == "aarch64"]
    passed = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result = _LIBC.syscall(ctypes.c_long(number), *passed)
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def other_processes():
    """The ids of all visible processes that are not this one's own children."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
