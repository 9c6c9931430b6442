"""The warm process: has the heavy libraries loaded, and forks a sandboxed Jupyter kernel for each session.

    grading process ──▶ warm process ──▶ guard ──▶ student's process
                          loads once      one a session: watches, cleans up

Started by `grader.kernel.provisioner` as `python -P -m grader.kernel.warm --channel FD --folder FOLDER`, in
an environment without anything of the instructor's. It imports, and does nothing else: no threads, no
tensors, no GPU; and it never sees a notebook. It ends when the grading process does.

The *guard* of a session is the first process of the session's own process namespace; where there are no
namespaces, the parent that adopts whatever is left over. It watches the limits that the kernel does not count
(memory of all processes together, their number, files), and ends all of them when the student's process ends,
when it is told to, or when the grading process is gone.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from grader.kernel import sandbox
from grader.kernel.faults import Limits
from grader.kernel.launch import run_kernel
from grader.kernel.provisioner import ENDED, FAILED, INTERRUPT, MESSAGE_BYTES, READY, TOLD

#: Loaded beforehand: what notebooks import, and what Jupyter loads on first use.
LIBRARIES = ("numpy", "matplotlib.pyplot", "matplotlib.backends.backend_agg", "grader.kernel.probes")
TORCH = ("torch", "torchvision", "torch.utils.data", "torch._dynamo", "grader.kernel.watching")
JUPYTER = (
    *(
        "IPython.core.completer",
        "IPython.core.completerlib",
        "IPython.core.debugger",
        "IPython.core.oinspect",
    ),
    *("IPython.core.ultratb", "IPython.extensions.storemagic", "ipykernel.debugger"),
    *("asyncio", "pygments.lexers.python", "stack_data"),
)

WATCH_SECONDS = 0.1  # between two looks at what a session uses
PRIVATE = ("RssAnon:", "RssShmem:")
OPEN_FILES, ALL_OPEN_FILES, SOCKETS = 1024, 4096, 64  # of a process, of a session, in a session's folder


def main(argv: list[str] | None = None) -> None:
    """Load, lock the door, say what there is, and fork on request."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--channel", type=int, required=True, help="an inherited socket to the grading process"
    )
    parser.add_argument("--folder", required=True, help="an empty folder, for the folders of sessions")
    parser.add_argument("--without-torch", action="store_true")
    parser.add_argument("--gpu", action="store_true")
    parser.add_argument("--no-namespaces", action="store_true", help="do without, as some containers have to")
    options = parser.parse_args(argv)
    with socket.socket(fileno=options.channel) as channel:
        try:
            namespaces = _prepare(options)
        except (sandbox.Missing, OSError) as error:
            channel.send(json.dumps({FAILED: _explain(error)}).encode())
            return
        channel.send(json.dumps({READY: os.geteuid(), "namespaces": namespaces}).encode())
        warm = _Warm(options.folder, sandbox.visible_paths(options.gpu), namespaces, options.gpu)
        sandbox.adopt_orphans()  # guards among them: not every machine has an init that clears them away
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the grading process, which ends us
        while True:
            message, descriptors, _, _ = socket.recv_fds(channel, MESSAGE_BYTES, 2)
            _reap(0 if not message else os.WNOHANG)  # so that their CPU time counts as ours
            if not message:
                return
            if os.fork() == 0:
                channel.close()
                _become_session(warm, json.loads(message), descriptors)
            for descriptor in descriptors:
                os.close(descriptor)


def _reap(options: int) -> None:
    """Clear away children that have ended; with no options, wait for all of them to end."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, options)[0]:
            pass


def _prepare(options: argparse.Namespace) -> bool:
    """Load the libraries and leave the machine behind; returns whether there are namespaces."""
    if sandbox.landlock_version() == 0:
        raise sandbox.Missing(
            "Landlock (Linux 5.13 or newer, with landlock among the kernel's security modules)"
        )
    if not sandbox.has_seccomp():
        raise sandbox.Missing("seccomp (Linux on x86_64 or aarch64)")
    for name in (*LIBRARIES, *(() if options.without_torch else TORCH), *JUPYTER):
        importlib.import_module(name)
    _seed()  # loads what seeds are made of
    gc.collect()
    gc.freeze()  # or the garbage collector of every session would copy the pages of all these objects
    if len(os.listdir("/proc/self/task")) > 1:
        raise sandbox.Missing(
            "a process without threads (one of the libraries starts some when it is loaded)"
        )
    visible = sandbox.visible_paths(options.gpu)
    if not options.no_namespaces and _succeeds(lambda: _try_namespaces(options.folder, visible)):
        sandbox.enter_namespaces(options.folder, visible)
        return True
    if sandbox.landlock_version() < sandbox.SIGNALS_SINCE:
        raise sandbox.Missing("Landlock 6 (Linux 6.12), or user namespaces: signals have to stay inside")
    sandbox.become_nobody(options.folder, reading=True)
    for path in visible:
        if not os.access(path, os.R_OK, effective_ids=True):
            raise sandbox.Missing(f"the right to read {path}")
    return False


def _explain(error: Exception) -> str:
    if isinstance(error, sandbox.Missing):
        return f"this machine lacks {error}"
    return f"{type(error).__name__}: {error}"


def _succeeds(work: Callable[[], None]) -> bool:
    """Whether `work` can be done, tried in a process of its own."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _try_namespaces(folder: str, visible: list[str]) -> None:
    sandbox.enter_namespaces(folder, visible)
    own = os.path.join(folder, "trial")
    os.mkdir(own)

    def mount() -> None:
        sandbox.session_mounts(own, os.path.join(own, "work"), 2**20, visible)

    def session() -> None:
        sandbox.enter_session_namespaces()
        if not _succeeds(mount):
            raise OSError("the mounts of a session cannot be made")

    if not _succeeds(session):
        raise OSError("the namespaces of a session cannot be made")


class _Warm:
    """What sessions take over from the warm process."""

    def __init__(self, folder: str, visible: list[str], namespaces: bool, gpu: bool) -> None:
        self.folder = folder
        self.visible = visible
        self.namespaces = namespaces
        self.gpu = gpu
        self.private_bytes = _status("self", *PRIVATE)


# In a session's processes


def _become_session(warm: _Warm, request: dict[str, Any], descriptors: list[int]) -> NoReturn:
    """The forked process: make the session's walls, become its guard, and never return."""
    control = socket.socket(fileno=descriptors[0])
    status = 1
    try:
        if warm.namespaces:
            sandbox.enter_session_namespaces()
            if os.fork():
                os._exit(0)  # the child is the first process of the new namespace
        _guard(warm, request, control, descriptors[1] if len(descriptors) > 1 else None)
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it is has to reach the grading process
        with contextlib.suppress(OSError):
            control.send(json.dumps({FAILED: traceback.format_exc()[-2000:]}).encode())
    finally:
        os._exit(status)


def _guard(warm: _Warm, request: dict[str, Any], control: socket.socket, channel: int | None) -> None:
    limits = Limits(**request["limits"])
    own = os.path.join(warm.folder, request["session"])
    work = os.path.join(own, "work")
    if warm.namespaces:
        sandbox.session_mounts(own, work, limits.scratch_bytes, warm.visible)
    else:
        sandbox.adopt_orphans()
        os.mkdir(work, 0o700)
    for name in ("scratch", "home", "tmp"):
        os.mkdir(os.path.join(work, name))
    shutil.copytree(os.path.join(own, "given"), os.path.join(work, "scratch"), dirs_exist_ok=True)
    hears, says = os.pipe()
    student = os.fork()
    if student == 0:
        os.close(hears)
        control.close()
        try:
            _become_student(warm, request, limits, own, work, channel, says)
        except BaseException:  # noqa: BLE001 - told to the guard
            with contextlib.suppress(OSError):
                os.write(says, traceback.format_exc()[-2000:].encode())
        finally:
            os._exit(3)
    os.close(says)
    if channel is not None:
        os.close(channel)
    said = b""
    while not said.endswith(b"\0"):
        part = os.read(hears, MESSAGE_BYTES)
        said += part
        if not part:
            status = os.waitstatus_to_exitcode(os.waitpid(student, 0)[1])
            raise RuntimeError(said.decode(errors="replace") or f"it ended too early, with status {status}")
    os.close(hears)
    control.send(json.dumps({READY: True}).encode())
    why = _watch(warm, limits, own, work, control, student)
    _end_descendants()
    if not warm.namespaces:
        shutil.rmtree(work, ignore_errors=True)  # what is left in it is removed with the session's folder
    with contextlib.suppress(OSError):  # nobody may be left to hear it
        control.send(json.dumps({ENDED: why}).encode())


def _watch(warm: _Warm, limits: Limits, own: str, work: str, control: socket.socket, student: int) -> str:
    """Wait for the end of the session; returns what ended it, "" where it was the student's process."""
    descriptor = os.pidfd_open(student)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(descriptor, select.POLLIN)
    while True:
        events = dict(poll.poll(WATCH_SECONDS * 1000))
        if control.fileno() in events:
            try:
                told = control.recv(MESSAGE_BYTES)
            except ConnectionError:
                told = b""
            if told != INTERRUPT:
                return TOLD
            with contextlib.suppress(ProcessLookupError):
                os.killpg(student, signal.SIGINT)
        if descriptor in events:
            return ""
        _reap_orphans(student)
        why = _excess(warm, limits, own, work)
        if why:
            return why


def _reap_orphans(student: int) -> None:
    """Clear away orphans that have ended; the student's process itself stays until the guard's end."""
    for pid in _descendants():
        if pid != student:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _excess(warm: _Warm, limits: Limits, own: str, work: str) -> str:
    """Which limit the session exceeds, if it does."""
    pids = list(_descendants())
    if len(pids) > limits.processes:
        return f"more than {limits.processes} processes at a time"
    used = sum(max(_status(pid, *PRIVATE) - warm.private_bytes, 0) for pid in pids)
    if used > limits.memory_bytes:
        return f"more than {limits.memory_bytes >> 20} MiB of memory"
    if (
        sum(map(_open_files, pids)) > ALL_OPEN_FILES
    ):  # sockets among them: the kernel keeps what is on its way
        return f"more than {ALL_OPEN_FILES} open files at a time"
    if len(os.listdir(own)) > SOCKETS:
        return f"more than {SOCKETS} sockets in a folder that is not meant for it"
    if not warm.namespaces and _bytes_below(work) > limits.scratch_bytes:
        return f"more than {limits.scratch_bytes >> 20} MiB of files"
    return ""


def _descendants() -> Iterator[int]:
    """The processes below this one; as the first of its namespace, all others in it."""
    if os.getpid() == 1:
        yield from (int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1")
        return
    waiting = [os.getpid()]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for task in os.listdir(f"/proc/{pid}/task"):
                children = [
                    int(word) for word in Path(f"/proc/{pid}/task/{task}/children").read_text().split()
                ]
                yield from children
                waiting += children


def _status(pid: int | str, *names: str) -> int:
    """The sum of these entries of a process's status, in bytes; 0 if it has ended."""
    total = 0
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(names):
                total += int(line.split()[1]) * 1024
    return total


def _open_files(pid: int) -> int:
    """How many files a process has open; 0 if it has ended, or just begins."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
        return len(os.listdir(f"/proc/{pid}/fd"))
    return 0


def _bytes_below(folder: str) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512
    return total


def _end_descendants() -> None:
    """Stop them all, so that none starts another, kill them, and wait until there are none."""
    while pids := list(_descendants()):
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in [-1] if os.getpid() == 1 else pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
        _reap(0)  # orphans become ours as their parents end


def _become_student(
    warm: _Warm, request: dict[str, Any], limits: Limits, own: str, work: str, channel: int | None, says: int
) -> None:
    """Put up the walls from inside, then be a kernel."""
    os.setpgid(0, 0)
    sandbox.die_with_parent()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    connection = os.path.join(own, "connection.json")
    home, scratch, temporary = (os.path.join(work, name) for name in ("home", "scratch", "tmp"))
    os.environ.update(
        request["environment"],
        HOME=home,
        TMPDIR=temporary,
        IPYTHONDIR=os.path.join(home, "ipython"),
        MPLCONFIGDIR=os.path.join(home, "matplotlib"),
    )
    os.chdir(scratch)
    _set_limits(limits)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    _seed()
    everything = sandbox.READ | sandbox.CHANGE
    proc = "/proc" if warm.namespaces else f"/proc/{os.getpid()}"
    rules = [(path, sandbox.READ) for path in warm.visible if not path.startswith("/dev/")]
    rules += [(path, everything | sandbox.IOCTL_DEV) for path in warm.visible if path.startswith("/dev/")]
    rules += [
        (own, sandbox.READ_DIR | sandbox.READ_FILE | sandbox.MAKE_SOCK),
        (work, everything),
        (proc, sandbox.READ),
    ]
    if warm.namespaces:
        rules += [(path, everything) for path in ("/dev/shm", "/tmp")]  # noqa: S108 - the session's own
        rules.append(("/dev/pts", everything | sandbox.IOCTL_DEV))
        sandbox.set_capabilities()
    sandbox.landlock(rules)
    sandbox.seccomp(unix_connections=warm.namespaces)

    def ready() -> None:
        os.write(says, b"\0")
        os.close(says)

    run_kernel(connection, channel, request["forbidden"], limits.output_bytes, ready)


def _set_limits(limits: Limits) -> None:
    sandbox.limit(resource.RLIMIT_CORE, 0)
    sandbox.limit(resource.RLIMIT_CPU, limits.cpu_seconds)
    sandbox.limit(resource.RLIMIT_DATA, _status("self", "VmData:") + limits.memory_bytes)
    sandbox.limit(resource.RLIMIT_FSIZE, limits.scratch_bytes)
    sandbox.limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    sandbox.limit(resource.RLIMIT_MSGQUEUE, 0)
    sandbox.limit(resource.RLIMIT_NPROC, limits.processes + _own_tasks())


def _own_tasks() -> int:
    """Threads of this user that run already, for they count against the limit."""
    user, count = os.getuid(), 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if os.stat(f"/proc/{name}").st_uid == user:
                    count += len(os.listdir(f"/proc/{name}/task"))
    return count


def _seed() -> None:
    """Random numbers of its own for each session, as in a new process."""
    import numpy as np

    np.random.seed()


if __name__ == "__main__":
    main()
    os._exit(0)  # Python would take a while to take the libraries apart
