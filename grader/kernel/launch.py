"""The program of a student's process: an ordinary Jupyter kernel that can also be asked to serve requests.

`run_kernel` is what the warm process forks (see `grader.kernel.warm`). Without any sandbox it is started as
`python -P -m grader.kernel.launch --channel FD --memory BYTES --output BYTES [--forbid NAMES] -f FILE`.
Imports nothing that a student may not read.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import sys
from collections.abc import Callable, Collection
from typing import Any

import numpy  # noqa: F401 - loaded before the student's folder can shadow it
from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread
from ipykernel.ipkernel import IPythonKernel

from grader.kernel import worker

OWN = (  # no business of a student's process
    "grader.checking",
    "grader.exercises",
    "grader.autograde",
    "grader.measure",
    "grader.report",
)


class _IOPubThread(IOPubThread):
    """Does without the TCP port over which ipykernel collects what forked processes print; it is dropped."""

    def _setup_pipe_in(self) -> None:
        pass

    def _really_send(self, *args: Any, **kwargs: Any) -> None:
        if self._is_master_process():
            super()._really_send(*args, **kwargs)


kernelapp.IOPubThread = _IOPubThread  # there is no other way to choose it


def forbid_imports(packages: frozenset[str]) -> None:
    """Make the import of these top-level packages an ImportError, for good: audit hooks stay."""

    def hook(event: str, arguments: tuple) -> None:
        if event == "import" and isinstance(arguments[0], str):
            name = arguments[0]
            if name.partition(".")[0] in packages:
                raise ImportError(f"{name} cannot be used here: this notebook has to do without it")
            if name.startswith(OWN):
                raise ImportError(f"{name} is not available to notebooks that are being graded")

    sys.addaudithook(hook)


def run_kernel(
    connection_file: str,
    channel: int | None,
    forbidden: Collection[str],
    output_bytes: int,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Be a Jupyter kernel until the process is ended; calls `ready` when clients can connect.

    output_bytes: how much of what is printed is sent; no client would keep more, and endless printing would
    keep it busy for longer than it went on.
    """
    app = kernelapp.IPKernelApp.instance(kernel_class=IPythonKernel)
    app.initialize(["-f", connection_file, "--HistoryManager.enabled=False"])
    # A file of the student's may be imported, but never in place of an installed module.
    sys.path[:] = [*(entry for entry in sys.path if entry), ""]
    # IPython would keep all that is printed for a history that nobody asks for.
    app.shell._tee = lambda channel: contextlib.nullcontext()
    _cut_off([sys.stdout, sys.stderr], output_bytes + 1)  # one more, so that the client notices
    # exit() and quit() end a cell here, not the kernel.
    app.shell.ask_exit = lambda: None
    if channel is not None:
        app.shell.user_ns_hidden["__serve__"] = None
        app.shell.user_ns["__serve__"] = lambda: worker.serve(channel, app.shell.user_ns)
    forbid_imports(frozenset(forbidden) - {""})
    ready()
    app.start()


def _cut_off(streams: Collection[Any], left: int) -> None:
    """Let these streams together take `left` characters, and lose the rest."""

    def bounded(write: Callable[[str], int]) -> Callable[[str], int]:
        def cut(text: str) -> int:
            nonlocal left
            if left <= 0:
                return len(text)
            text, left = text[:left], left - len(text)
            return write(text)

        return cut

    for stream in streams:
        stream.write = bounded(stream.write)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--channel", type=int, required=True)
    parser.add_argument("--memory", type=int, required=True)
    parser.add_argument("--output", type=int, required=True)
    parser.add_argument("--forbid", default="")
    parser.add_argument("-f", dest="connection_file", required=True)
    options, _ = parser.parse_known_args(argv)  # nbclient adds arguments for kernels that keep a history
    resource.setrlimit(resource.RLIMIT_DATA, (options.memory, options.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    run_kernel(options.connection_file, options.channel, options.forbid.split(","), options.output)


if __name__ == "__main__":
    main()
