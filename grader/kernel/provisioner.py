"""Starts Jupyter kernels in the sandbox, for nbgrader, nbclient, nbval and whoever else speaks Jupyter.

A kernelspec that names `WarmProvisioner` (`grader-sandbox` is installed with this package) gets its kernels
from a warm process, see `grader.kernel.warm`. That comes up on first use, is shared by all kernels of a
grading process, ends with it, and is replaced if it dies.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import dataclasses
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerBase
from traitlets import Bool, Dict, List, Unicode

from grader.kernel.faults import CannotStart, Limits

START_SECONDS = 180  # for libraries to load, on a busy machine
END_SECONDS = 30  # for all processes of a session to be gone

# How the grading process, the warm process and a session's guard talk.
MESSAGE_BYTES = 64 * 1024
INTERRUPT, END = b"interrupt", b"end"  # what a guard is told
READY, ENDED, FAILED, TOLD = "ready", "ended", "failed", "told to"  # what it tells

_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "CUDA_VISIBLE_DEVICES")
_lock = threading.Lock()


def environment() -> dict[str, str]:
    """What a student's process may know of the machine: nothing of the instructor's own environment."""
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "USER": "student",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def font_cache(folder: Path) -> Path:
    """A matplotlib folder with the list of fonts in it: making that list takes seconds."""
    import matplotlib.font_manager

    target = folder / "matplotlib"
    target.mkdir()
    for cache in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
        shutil.copy(cache, target)
    return target


def short_folder() -> Path:
    """A new folder with a name so short that sockets in it have paths of less than 107 bytes."""
    parent = tempfile.gettempdir() if len(tempfile.gettempdir()) < 60 else "/tmp"  # noqa: S108
    return Path(tempfile.mkdtemp(prefix="grade-", dir=parent))


class Warm:
    """A warm process, from outside. Raises CannotStart where there can be none."""

    def __init__(self, torch: bool, gpu: bool, namespaces: bool) -> None:
        if sys.platform != "linux":
            raise CannotStart(
                "student code cannot be run safely here: the sandbox needs Linux, in a virtual machine or "
                "container for instance (on Windows: WSL). GradeNotebook.unsafe_no_sandbox does without it"
            )
        self.folder = short_folder()
        self._numbers = itertools.count(1)
        fonts = font_cache(self.folder)
        self._channel, inherited = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [
            *(sys.executable, "-P", "-m", "grader.kernel.warm"),
            *("--channel", str(inherited.fileno()), "--folder", str(self.folder)),
            *([] if torch else ["--without-torch"]),
            *(["--gpu"] if gpu else []),
            *([] if namespaces else ["--no-namespaces"]),
        ]
        with inherited:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**environment(), "MPLCONFIGDIR": str(fonts), "HOME": str(self.folder)},
                pass_fds=(inherited.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        atexit.register(self.end)
        self._channel.settimeout(START_SECONDS)
        try:
            said = json.loads(self._channel.recv(MESSAGE_BYTES) or b"{}")
        except TimeoutError:
            said = {FAILED: f"it was not ready after {START_SECONDS} seconds"}
        self._channel.settimeout(None)
        if READY not in said:
            self.process.kill()
            errors = self.process.communicate()[1].decode(errors="replace").strip()
            self.end()
            why = said.get(FAILED) or errors[-2000:] or "no reason given"
            raise CannotStart(
                f"student code cannot be run safely here: {why}. "
                "`grader doctor` shows what this machine has and what to do"
            )
        self.user: int = said[READY]
        self.namespaces: bool = said["namespaces"]

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def new_folder(self) -> Path:
        """The folder of a new session."""
        folder = self.folder / str(next(self._numbers))
        (folder / "given").mkdir(parents=True)
        return folder

    def fork(self, request: dict[str, Any], descriptors: list[int]) -> None:
        """Ask for a session. Raises OSError if the process has ended."""
        socket.send_fds(self._channel, [json.dumps(request).encode()], descriptors)

    def end(self) -> None:
        """End the process and remove its folder."""
        atexit.unregister(self.end)
        self._channel.close()  # which tells it to end
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)


_warm: dict[tuple[bool, bool, bool], Warm] = {}


def warm_process(torch: bool, gpu: bool, namespaces: bool = True) -> Warm:
    """The warm process of this kind; started, or replaced if it has died."""
    kind = torch, gpu, namespaces
    with _lock:
        current = _warm.get(kind)
        if current is None or not current.alive:
            if current is not None:
                current.end()
            current = _warm[kind] = Warm(*kind)
        return current


class WarmProvisioner(KernelProvisionerBase):
    """A kernel in the sandbox: forked from a warm process, ended with all its descendants.

    The kernel works in a folder of its own, which holds copies of the ordinary files (`files`, or those
    beside the notebook), and is removed afterwards. `why` says what ended it, if it was a limit.
    """

    torch = Bool(True, help="Load torch beforehand.").tag(config=True)
    gpu = Bool(False, help="Let GPUs through.").tag(config=True)
    namespaces = Bool(True, help="Use namespaces where there are any.").tag(config=True)
    forbidden = List(Unicode(), help="Top-level packages that cannot be imported.").tag(config=True)
    limits = Dict(help="Of grader.kernel.faults.Limits, those that are not the default.").tag(config=True)

    why = ""
    _control: socket.socket | None = None
    _folder: Path | None = None
    _warm: Warm | None = None

    @property
    def has_process(self) -> bool:
        """See KernelProvisionerBase."""
        return self._control is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the folder, and sockets in it: TCP is not for students."""
        manager = self.parent
        self._warm = await asyncio.to_thread(
            warm_process, self.torch and "torch" not in self.forbidden, self.gpu, self.namespaces
        )
        self._folder = self._warm.new_folder()
        manager.transport = "ipc"
        manager.ip = str(self._folder / "k")
        manager.connection_file = str(self._folder / "connection.json")
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        files = kwargs.pop("files", None)
        if files is None:
            files = [path for path in Path(kwargs.get("cwd") or ".").iterdir() if path.suffix != ".ipynb"]
        for file in files:
            if file.is_file() and not file.is_symlink():
                shutil.copyfile(file, self._folder / "given" / file.name)
        if os.geteuid() == 0:
            for path in (self._folder, *self._folder.rglob("*")):
                os.chown(path, self._warm.user, self._warm.user)
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Have the kernel forked; returns when clients can connect. Raises CannotStart.

        channel: a socket that the kernel is to inherit, for `__serve__`.
        """
        assert self._warm is not None
        assert self._folder is not None
        channel = kwargs.get("channel")
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setblocking(False)
        request = {
            "session": self._folder.name,
            "limits": {**dataclasses.asdict(Limits()), **self.limits},
            "forbidden": list(self.forbidden),
            "environment": environment(),
        }
        with theirs:
            self._warm.fork(request, [theirs.fileno(), *([] if channel is None else [channel.fileno()])])
        loop = asyncio.get_running_loop()
        try:
            data = await asyncio.wait_for(loop.sock_recv(self._control, MESSAGE_BYTES), START_SECONDS)
        except (TimeoutError, ConnectionError):
            data = b""
        said = json.loads(data or b"{}")
        if READY not in said:
            self._close()
            raise CannotStart(f"a process for student code does not start: {said.get(FAILED, 'no answer')}")
        return self.connection_info

    def interrupt(self) -> None:
        """What Ctrl-C does in a terminal."""
        if self._control is not None:
            with contextlib.suppress(OSError):
                self._control.send(INTERRUPT)

    def end(self) -> None:
        """End all processes of the session, and wait until they are gone. Raises TimeoutError."""
        if self._control is None:
            return
        with contextlib.suppress(OSError):  # ended already
            self._control.send(END)
        self._control.settimeout(END_SECONDS)
        while self._hear():
            pass
        self._close()

    def _hear(self) -> bool:
        """Receive what the guard has to say; returns whether there may be more."""
        assert self._control is not None
        try:
            data = self._control.recv(MESSAGE_BYTES)
        except ConnectionResetError:  # it ended before it read what we sent; its last words come after this
            return True
        why = json.loads(data).get(ENDED, "") if data else ""
        if why not in ("", TOLD):
            self.why = why
        return bool(data)

    def _close(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    async def poll(self) -> int | None:
        """See KernelProvisionerBase."""
        if self._control is None:
            return 0
        try:
            while self._hear():
                pass
        except BlockingIOError:
            return None
        return 1

    async def wait(self) -> int | None:
        """See KernelProvisionerBase."""
        self.end()
        return 0

    async def send_signal(self, signum: int) -> None:
        """See KernelProvisionerBase."""
        if signum == signal.SIGINT:
            self.interrupt()
        elif signum != 0:
            self.end()

    async def kill(self, restart: bool = False) -> None:
        """See KernelProvisionerBase."""
        self.end()

    async def terminate(self, restart: bool = False) -> None:
        """See KernelProvisionerBase."""
        self.end()

    async def cleanup(self, restart: bool = False) -> None:
        """See KernelProvisionerBase."""
        self.end()


class PromptManager(AsyncKernelManager):
    """A manager without the pauses that jupyter_client makes at start and end, for tests of its own."""

    start_kernel = AsyncKernelManager.start_kernel.__wrapped__
    shutdown_kernel = AsyncKernelManager.shutdown_kernel.__wrapped__


class PromptClient(AsyncKernelClient):
    """A client that is ready as soon as the kernel is, instead of a fifth of a second later."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel has noticed that we listen. Raises RuntimeError."""
        message = await self.iopub_channel.get_msg(timeout=timeout)
        while message["msg_type"] != "iopub_welcome":
            message = await self.iopub_channel.get_msg(timeout=timeout)
