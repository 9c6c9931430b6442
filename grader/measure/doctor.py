"""`grader doctor`: what this machine has of the sandbox, each layer proven by trying to break it."""

from __future__ import annotations

import getpass
import os
import platform
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import torch

from grader.kernel import sandbox, wire
from grader.kernel.faults import CannotStart, Limits, ProcessDied
from grader.kernel.provisioner import warm_process
from grader.kernel.session import Session

LIMITS = Limits(memory_bytes=2**30, processes=32, scratch_bytes=32 * 2**20)

DENIED, ABSENT = "PermissionError", "FileNotFoundError"
#: For each attempt its layer, what it tries, the code, and the exceptions that it may end with.
#: SECRET: a file that the grading user can read; PORT: of a server here; GRADER: the grading process.
ATTEMPTS = [
    ("Landlock", "read a file of yours", "open(SECRET).read()", (DENIED, ABSENT)),
    ("Landlock", "write beside it", "open(SECRET + '.new', 'w')", (DENIED, ABSENT)),
    ("Landlock", "write into this Python", "open(os.__file__ + '.new', 'w')", (DENIED, "OSError")),
    ("Landlock", "signal the grading process", "os.kill(GRADER, 0)", (DENIED, "ProcessLookupError")),
    ("seccomp", "connect to a server", "socket.create_connection(('127.0.0.1', PORT))", (DENIED,)),
    ("seccomp", "send a datagram", "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)", (DENIED,)),
    ("seccomp", "trace a process", "libc('ptrace', 16, os.getppid(), 0, 0)", (DENIED,)),
    ("seccomp", "make a namespace", "libc('unshare', 0x10000000)", (DENIED,)),
    ("seccomp", "mount", "libc('mount', b'x', b'/', b'tmpfs', 0, None)", (DENIED,)),
    ("limits", "fill memory", "bytearray(2 * 2**30)", ("MemoryError",)),
    ("limits", "start 100 processes", "[subprocess.Popen(['cat']) for _ in range(99)]", ("BlockingIOError",)),
    ("limits", "fill the disk", "open('big', 'wb').write(bytes(64 * 2**20))", ("OSError", "ProcessDied")),
]  # fmt: skip
_HELPERS = """
import ctypes, os, socket, subprocess
def libc(name, *arguments):
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
"""


def examine(namespaces: bool = True) -> Iterator[tuple[str, str, str]]:
    """Make each attempt in a sandbox; yields its layer, what it tries, and what went wrong, if anything did.

    Raises CannotStart.
    """
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
        secret = Path(folder, "secret")
        secret.write_text("what students must not read")
        given = {"SECRET": str(secret), "PORT": server.getsockname()[1], "GRADER": os.getpid()}
        code = _HELPERS + "".join(f"{name} = {value!r}\n" for name, value in given.items())
        for number, (_, _, expression, _) in enumerate(ATTEMPTS):
            code += f"def attempt_{number}():\n    return {expression}\n"
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        with Session(notebook, forbidden={"torch"}, limits=LIMITS, namespaces=namespaces) as session:
            for number, (layer, what, _, expected) in enumerate(ATTEMPTS):
                name, message = _attempt(session, number)
                yield layer, what, "" if name in expected else f"ended with {name} {message}"


def _attempt(session: Session, number: int) -> tuple[str, str]:
    """The type and message of the exception with which an attempt ended."""
    call = {"number": number, "function": f"attempt_{number}", "owner": None, "args": [], "kwargs": {}}
    try:
        reply = session.request(wire.encode({**call, "watch": None}), 20)
    except ProcessDied as error:
        return "ProcessDied", str(error)
    raised = reply.get("raised", {"type": "success", "message": ""})
    return raised["type"], raised["message"]


def print_report() -> int:
    """Print what there is and what holds; returns 0 if student code can be graded safely here."""
    version = sandbox.landlock_version()
    landlock = (
        f"version {version}" if version else "missing: needs Linux 5.13 or newer, with landlock switched on"
    )
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none that torch can use"
    for name, text in {
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "Python": sys.version.split()[0],
        "user": getpass.getuser(),
        "processors": f"{os.cpu_count()}; GPU: {gpu}",
        "Landlock": landlock,
        "seccomp": "yes" if sandbox.has_seccomp() else "missing: needs Linux on x86_64 or aarch64",
    }.items():
        print(f"{name:<12}{text}")
    try:
        there = warm_process(torch=False, gpu=False).namespaces
    except CannotStart as error:
        print(f"\nNothing can be graded here: {error}")
        return 1
    print(f"{'namespaces':<12}{'yes' if there else 'none: switched off, or forbidden in this container'}")
    failed = 0
    for namespaces in (True, False) if there else (False,):
        print(f"\nAttempts to break out {'with' if namespaces else 'without'} namespaces:")
        for layer, what, problem in examine(namespaces):
            failed += bool(problem)
            print(f"  {layer:<9} {what:<27} {problem or 'stopped'}")
    print(
        f"\n{failed} attempts went through: do not grade here"
        if failed
        else "\nStudent code can be graded here."
    )
    return int(failed > 0)
