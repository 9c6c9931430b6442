"""The walls around a student's process: what it cannot reach, by layers of the Linux kernel.

Two layers are required, and work without privileges, inside containers as well:

- *Landlock*: files and folders that are not listed cannot be opened, TCP ports not reached, and, since its
  sixth version, processes outside not signalled nor traced.
- *seccomp*: system calls that no exercise needs fail, among them every socket but those of AF_UNIX.

*Namespaces* are added where the system allows them. The student's process then sees a file system in which
nothing else exists, only its own processes, and no network device. Where they are missing, unix sockets
cannot be connected to.

Runs in the warm process, the guard and the student's process; see `grader.kernel.warm`. Raises OSError.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import platform
import resource
import stat
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

DEVICES = ("/dev/null", "/dev/full", "/dev/random", "/dev/urandom")  # not zero: mapped, it is memory to share
GPU_DEVICES = ("/dev/nvidia*", "/dev/dri", "/dev/kfd", "/dev/dxg")
#: Of the system, what programs need to run. Nothing here differs from one course to another.
SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")
SETTINGS = ("ld.so.cache", "localtime", "timezone", "fonts", "nsswitch.conf", "mime.types")


class Missing(Exception):
    """A required layer is missing here; the message says which, and what to do."""


# Landlock, https://docs.kernel.org/userspace-api/landlock.html

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_CHAR, MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM = (1 << bit for bit in range(6, 13))
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
READ = EXECUTE | READ_FILE | READ_DIR
CHANGE = (
    WRITE_FILE
    | REMOVE_DIR
    | REMOVE_FILE
    | MAKE_DIR
    | MAKE_REG
    | MAKE_SOCK
    | MAKE_FIFO
    | MAKE_SYM
    | REFER
    | TRUNCATE
)
_ALL_RIGHTS = READ | CHANGE | MAKE_CHAR | MAKE_BLOCK | IOCTL_DEV
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_SINCE = {REFER: 2, TRUNCATE: 3, IOCTL_DEV: 5}  # the version of Landlock that brought a right
SIGNALS_SINCE = 6
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446


@functools.cache
def landlock_version() -> int:
    """The version of Landlock's interface that this kernel has; 0 if it has none."""
    return max(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1), 0)


def landlock(rules: Iterable[tuple[str, int]]) -> None:
    """Confine this thread, and all that it starts, to these paths with these rights; all must exist."""
    version = landlock_version()
    known = _ALL_RIGHTS & ~sum(right for right, since in _SINCE.items() if since > version)
    bind_and_connect = 3 if version >= 4 else 0
    abstract_sockets_and_signals = 3 if version >= SIGNALS_SINCE else 0
    fields = [known, bind_and_connect, abstract_sockets_and_signals]
    size = 8 * (1 if version < 4 else 2 if version < SIGNALS_SINCE else 3)
    ruleset = _syscall(_CREATE_RULESET, struct.pack("3Q", *fields), ctypes.c_size_t(size), 0)
    try:
        for path, rights in rules:
            with _opened(path) as descriptor:
                if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                    rights &= _OF_FILES
                rule = struct.pack("=Qi", rights & known, descriptor)
                _syscall(_ADD_RULE, ruleset, 1, rule, 0)
        no_new_privileges()
        _syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


class _opened:  # noqa: N801 - used like a function
    """A path as a descriptor that stands for it and gives no access."""

    def __init__(self, path: str) -> None:
        self.descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)

    def __enter__(self) -> int:
        return self.descriptor

    def __exit__(self, *exception: object) -> None:
        os.close(self.descriptor)


# seccomp, https://docs.kernel.org/userspace-api/seccomp_filter.html

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

#: System calls that fail: their numbers on x86_64 and aarch64, None where there is none.
FORBIDDEN: dict[str, tuple[int | None, int | None]] = {
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "perf_event_open": (298, 241),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    # mounts and namespaces
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    # large or odd parts of the kernel
    "bpf": (321, 280),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "userfaultfd": (323, 282),
    "fanotify_init": (300, 262),
    "lookup_dcookie": (212, 18),
    "modify_ldt": (154, None),
    "iopl": (172, None),
    "ioperm": (173, None),
    "uselib": (134, None),
    "vhangup": (153, 58),
    # memory that no limit counts
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    # the machine
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "acct": (163, 89),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
}
#: Calls that may concern the caller only: the number of the argument that says whom, which has to be 0.
OWN_ONLY: dict[str, tuple[int, int, int]] = {"prlimit64": (302, 261, 0)}
#: Calls that do nothing but pretend, for others than the caller: libraries ask for their threads' scheduling.
PRETENDED: dict[str, tuple[int, int, int]] = {
    "sched_setaffinity": (203, 122, 0),
    "sched_setscheduler": (144, 119, 0),
    "sched_setparam": (142, 118, 0),
    "sched_setattr": (314, 274, 0),
    "setpriority": (141, 140, 1),
    "ioprio_set": (251, 30, 1),
}
_SOCKET, _CONNECT, _CLONE, _CLONE3, _IOCTL, _MMAP = (
    (41, 198),
    (42, 203),
    (56, 220),
    (435, 435),
    (16, 29),
    (9, 222),
)
_PRCTL, _SET_DUMPABLE = (157, 167), 4
_SHARED_ANONYMOUS = 0x21  # MAP_SHARED and MAP_ANONYMOUS: memory that no limit counts once it is let go
_NAMESPACE_FLAGS = 0x7E020000 | 0x80  # CLONE_NEW*, the one for time among them
_TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000


def has_seccomp() -> bool:
    """Whether this kernel has seccomp, and we know its architecture's system calls."""
    return platform.machine() in _ARCHITECTURES and Path("/proc/sys/kernel/seccomp/actions_avail").exists()


def seccomp(unix_connections: bool) -> None:
    """Make system calls that no exercise needs fail, for all that follows.

    unix_connections: whether unix sockets may be connected to, which is safe where the file system holds none
        of other processes.
    """
    machine = platform.machine()
    which = list(_ARCHITECTURES).index(machine)
    refuse, absent = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS
    program = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
    ]
    if machine == "x86_64":
        program += [
            (_AT_LEAST, 0, 1, 0x40000000),
            (_RETURN, 0, 0, refuse),
        ]  # a second table of the same calls
    for numbers in FORBIDDEN.values():
        if numbers[which] is not None:
            program += _when(numbers[which], [(_RETURN, 0, 0, refuse)])
    for calls, answer in ((OWN_ONLY, refuse), (PRETENDED, _ERRNO)):
        for *numbers, whom in calls.values():
            steps = [_argument(whom), (_EQUAL, 1, 0, 0), (_RETURN, 0, 0, answer), (_RETURN, 0, 0, _ALLOW)]
            program += _when(numbers[which], steps)
    program += _when(
        _CLONE3[which], [(_RETURN, 0, 0, absent)]
    )  # its flags are out of sight; libc uses clone then
    program += _when(
        _CLONE[which],
        [_argument(0), (_ANY_BIT, 0, 1, _NAMESPACE_FLAGS), (_RETURN, 0, 0, refuse), (_RETURN, 0, 0, _ALLOW)],
    )
    for code in _TERMINAL_INPUT:
        program += _when(
            _IOCTL[which], [_argument(1), (_EQUAL, 0, 1, code), (_RETURN, 0, 0, refuse), (_LOAD, 0, 0, 0)]
        )
    dumpable = [
        _argument(0),
        (_EQUAL, 0, 1, _SET_DUMPABLE),
        (_RETURN, 0, 0, refuse),
    ]  # would hide it from the guard
    program += _when(_PRCTL[which], [*dumpable, (_RETURN, 0, 0, _ALLOW)])
    no_memory = (_RETURN, 0, 0, _ERRNO | errno.ENOMEM)
    shared = [_argument(3), (_AND, 0, 0, _SHARED_ANONYMOUS), (_EQUAL, 0, 1, _SHARED_ANONYMOUS), no_memory]
    program += _when(_MMAP[which], [*shared, (_RETURN, 0, 0, _ALLOW)])
    family = [_argument(0), (_EQUAL, 1, 0, 1), (_RETURN, 0, 0, refuse)]
    if not unix_connections:
        program += _when(_CONNECT[which], [(_RETURN, 0, 0, refuse)])
        family += [
            _argument(1),
            (_AND, 0, 0, 0xF),
            (_EQUAL, 0, 1, 2),
            (_RETURN, 0, 0, refuse),
        ]  # no datagrams
    program += _when(_SOCKET[which], [*family, (_RETURN, 0, 0, _ALLOW)])
    program.append((_RETURN, 0, 0, _ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    no_new_privileges()
    _check(_libc.prctl(22, 2, header, 0, 0))  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


def _when(number: int | None, steps: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """These steps for one system call, skipped for others."""
    return [(_EQUAL, 0, len(steps), number or 0), *steps]


def _argument(number: int) -> tuple[int, int, int, int]:
    return (_LOAD, 0, 0, 16 + 8 * number)


# Namespaces, user_namespaces(7), mount_namespaces(7), pid_namespaces(7)

_NEW_USER, _NEW_MOUNTS, _NEW_PROCESSES = 0x10000000, 0x00020000, 0x20000000
_NEW_NETWORK, _NEW_IPC, _NEW_NAMES = 0x40000000, 0x08000000, 0x04000000
_BIND, _RECURSIVE, _PRIVATE, _NOSUID, _NODEV = 4096, 16384, 1 << 18, 2, 4
_DETACH, _AT_RECURSIVE = 2, 0x8000


def enter_namespaces(folder: str, visible: Iterable[str]) -> None:
    """Leave the machine behind: no network, and of its files only `visible`, read-only, and `folder`.

    As root this is done first, since an environment in root's home is not for anybody else to read, and then
    the user is given up. Other users have to begin with a namespace of users, where they may do the rest.
    """
    by_root = os.geteuid() == 0
    if not by_root:
        _leave_users(0)
    _check(_libc.unshare(_NEW_MOUNTS | _NEW_NETWORK | _NEW_IPC | _NEW_NAMES))
    _mount(None, "/", None, _RECURSIVE | _PRIVATE)
    _change_root(folder, visible)
    if by_root:
        become_nobody(folder)
        _leave_users(_NEW_MOUNTS)


def _leave_users(also: int) -> None:
    user, group = os.geteuid(), os.getegid()
    _check(_libc.prctl(4, 1, 0, 0, 0))  # PR_SET_DUMPABLE: else our own map is not ours to write after setuid
    _check(_libc.unshare(_NEW_USER | also))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def enter_session_namespaces() -> None:
    """Mounts of its own for one session; the next process to be forked is the first of its namespace."""
    _check(_libc.unshare(_NEW_PROCESSES | _NEW_MOUNTS | _NEW_IPC))


def _change_root(folder: str, visible: Iterable[str]) -> None:
    root = os.path.join(folder, "root")
    os.makedirs(root, exist_ok=True)
    _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "size=16m,mode=755")
    for path in visible:
        _show(path, root + path)
    for path in ("/proc", "/dev/pts", "/dev/shm", "/tmp", folder):  # noqa: S108
        os.makedirs(root + path, exist_ok=True)
    os.symlink("pts/ptmx", f"{root}/dev/ptmx")
    read_only = struct.pack("4Q", 1, 0, 0, 0)
    _syscall(
        442, -1, os.fsencode(root), _AT_RECURSIVE, read_only, ctypes.c_size_t(len(read_only))
    )  # mount_setattr
    for path in ("/proc", folder):
        _mount(path, root + path, None, _BIND | _RECURSIVE)
    os.chdir(root)
    _syscall(155 if platform.machine() == "x86_64" else 41, b".", b".")  # pivot_root
    _check(_libc.umount2(b".", _DETACH))
    os.chdir("/")


def _show(path: str, target: str) -> None:
    if os.path.islink(path):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(os.readlink(path), target)
        return
    _bind(path, target)


def _bind(path: str, target: str) -> None:
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
    _mount(path, target, None, _BIND | _RECURSIVE)


def session_mounts(own: str, work: str, work_bytes: int, visible: Iterable[str]) -> None:
    """Inside a session's namespaces: its own processes in /proc, of the sessions' folders only `own`.

    work: a folder in `own`; with /dev/shm and /tmp the only place where files can be written, on no disk.
    visible: what can be seen; where it lies in /tmp it still can.
    """
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV)
    _mount("devpts", "/dev/pts", "devpts", _NOSUID, "newinstance,ptmxmode=0666,mode=0600")
    kept = [own, *(path for path in visible if _inside(path, "/tmp"))]  # noqa: S108
    with contextlib.ExitStack() as stack:
        descriptors = {path: stack.enter_context(_opened(path)) for path in kept}
        for path in dict.fromkeys((os.path.dirname(own), "/tmp", "/dev/shm")):  # noqa: S108
            _mount(
                "tmpfs", path, "tmpfs", _NOSUID | _NODEV, f"size={work_bytes // 4},nr_inodes=10000,mode=700"
            )
        for path, descriptor in descriptors.items():
            _bind(f"/proc/self/fd/{descriptor}", path)
    os.makedirs(work, exist_ok=True)
    _mount("tmpfs", work, "tmpfs", _NOSUID | _NODEV, f"size={work_bytes},nr_inodes=10000,mode=700")


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    _check(
        _libc.mount(*encoded, ctypes.c_ulong(flags), None if options is None else options.encode()), target
    )


# Users, privileges and limits


def become_nobody(folder: str, reading: bool = False) -> None:
    """As root: become a user that owns nothing but `folder`; limits count by user, so no two are the same.

    reading: keep the right to read what is root's own, for an environment in root's home; Landlock confines
    it.
    """
    if os.geteuid() == 0:
        user = 1_000_000_000 + os.getpid()
        os.chown(folder, user, user)
        os.setgroups([])
        os.setresgid(user, user, user)
        _check(_libc.prctl(8, int(reading), 0, 0, 0))  # PR_SET_KEEPCAPS
        os.setresuid(user, user, user)
        set_capabilities(1 << 2 if reading else 0)  # CAP_DAC_READ_SEARCH


def set_capabilities(kept: int = 0) -> None:
    """Give up all privileges, those that come with new namespaces included, but for `kept`."""
    header, sets = struct.pack("Ii", 0x20080522, 0), struct.pack("6I", kept, kept, 0, 0, 0, 0)
    _check(_libc.capset(header, sets))


def no_new_privileges() -> None:
    """No program that is started from here on gains rights, by a set-uid bit for instance."""
    _check(_libc.prctl(38, 1, 0, 0, 0))


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parents end."""
    _check(_libc.prctl(36, 1, 0, 0, 0))


def die_with_parent() -> None:
    """Be killed when the parent ends."""
    _check(_libc.prctl(1, 9, 0, 0, 0))


def limit(what: int, most: int) -> None:
    """Set a resource limit for good, or keep the one that is lower."""
    _, hard = resource.getrlimit(what)
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (value, value))


# What may be seen


def visible_paths(gpu: bool) -> list[str]:
    """What student code may read: the system's programs and this Python, without the graders."""
    kernel = Path(__file__).parent
    package = kernel.parent
    hidden = [path for path in package.iterdir() if path not in (kernel, package / "__init__.py")]
    roots = [
        *SYSTEM,
        *(f"/etc/{name}" for name in SETTINGS),
        *DEVICES,
        sys.prefix,
        sys.base_prefix,
        sys.exec_prefix,
    ]
    for entry in sys.path:
        if entry and not (Path(entry) / package.name == package and (Path(entry) / "source").exists()):
            roots.append(entry)
    if gpu:
        for pattern in GPU_DEVICES:
            roots += map(str, Path("/").glob(pattern[1:]))
        roots.append("/sys")
    roots += [str(kernel), str(package / "__init__.py")]
    roots += map(os.path.realpath, list(roots))
    visible: list[str] = []
    for root in dict.fromkeys(os.path.abspath(root) for root in roots if os.path.exists(root)):
        if not any(_inside(root, other) for other in visible):
            visible += _without(root, [str(path) for path in hidden])
    return visible


def _without(path: str, hidden: list[str]) -> list[str]:
    """`path`, or, where something in it is hidden, the rest of what is in it."""
    if path in hidden:
        return []
    if not any(_inside(each, path) for each in hidden):
        return [path]
    return [each for name in sorted(os.listdir(path)) for each in _without(os.path.join(path, name), hidden)]


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


# Calling the kernel


def _syscall(number: int, *arguments: object) -> int:
    return _check(_libc.syscall(number, *arguments))


def _check(result: int, about: str = "") -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), about)
    return result
