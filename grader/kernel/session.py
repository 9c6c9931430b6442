"""A session: one running student process, its cells executed, its functions ready to be called.

A `Session` survives what its student does. A cell that ends the process costs that cell: the process is
started again and the other cells are run anew. A call that ends or hangs the process costs that call.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from nbformat import NotebookNode

from grader.kernel import wire, worker
from grader.kernel.faults import CannotStart, CellFault, Garbled, Limits, ProcessDied, TimeUp
from grader.kernel.provisioner import (
    START_SECONDS,
    PromptClient,
    PromptManager,
    WarmProvisioner,
    environment,
    font_cache,
    short_folder,
)

# nbclient's own remarks on timeouts and dead kernels; what went wrong is told in the feedback.
_quiet = logging.getLogger(f"{__name__}.nbclient")
_quiet.setLevel(logging.CRITICAL)

GRACE_SECONDS = 5  # for a kernel to fall idle after an interrupt, or after its last output
REPEAT_SECONDS = 2  # for a cell that was stopped before, when the cells are run anew
TIME_LIMIT = "TimeLimit"
MAX_REPLY_BYTES = 64 * 2**20


@dataclass
class Session:
    """The process of one submission.

    notebook: executed in place by `run_cells`, outputs and all.
    skip: indices of code cells that are not run (test cells, demonstrations).
    forbidden: top-level packages that the student's process cannot import.
    files: copied into the folder that the notebook runs in.
    gpu: whether GPUs are let through.
    sandboxed: False runs a plain process that can do what the grading user can do.
    namespaces: False does without them where there are some, for tests.
    """

    notebook: NotebookNode
    skip: Collection[int] = ()
    forbidden: Collection[str] = ()
    files: Collection[Path] = ()
    limits: Limits = field(default_factory=Limits)
    gpu: bool = False
    sandboxed: bool = True
    namespaces: bool = True
    faults: dict[int, CellFault] = field(default_factory=dict, init=False)
    _fatal: set[int] = field(default_factory=set, init=False)
    _kernel: _Kernel | None = field(default=None, init=False)
    _deadline: float = field(default=0.0, init=False)

    @property
    def sources(self) -> dict[int, str]:
        """The student's code cells by index, test cells and demonstrations left out."""
        return {
            index: cell.source
            for index, cell in enumerate(self.notebook.cells)
            if cell.cell_type == "code" and index not in self.skip
        }

    def __enter__(self) -> Session:
        self._deadline = time.monotonic() + self.limits.notebook_seconds
        try:
            self._run_cells(self.notebook)
        except BaseException:
            self._stop()  # Ctrl-C among them: nothing is left running
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop()

    def request(self, message: bytes, seconds: float) -> Any:
        """Send one request (see `worker.answer`) and return the reply, decoded.

        Raises TimeUp after `seconds`, ProcessDied and Garbled. After each of them the process is
        replaced before the next request; the time that takes is not counted in `seconds`.
        """
        self.prepare()
        assert self._kernel is not None
        deadline = min(time.monotonic() + seconds, self._deadline)
        try:
            return wire.decode(self._kernel.request(message, deadline))
        except TimeoutError:
            self._stop()
            self._check_time()
            raise TimeUp("no answer in time (an endless loop, or far too slow)") from None
        except (EOFError, ConnectionError):
            raise ProcessDied(self._stop()) from None
        except wire.WireError as error:
            self._stop()
            raise Garbled(str(error)) from None

    def prepare(self) -> None:
        """Replace the process if the last request cost it its life. Raises TimeUp for the whole notebook."""
        self._check_time()
        if self._kernel is None:
            self._run_cells(copy.deepcopy(self.notebook))  # the outputs are there already

    def _check_time(self) -> None:
        if time.monotonic() > self._deadline:
            self._stop()
            raise TimeUp("no answer: the time for the whole notebook is used up")

    def _stop(self) -> str:
        """End the process; returns the limit that ended it before, if one did."""
        if self._kernel is None:
            return ""
        kernel, self._kernel = self._kernel, None
        return kernel.kill()

    def _run_cells(self, notebook: NotebookNode) -> None:
        """Run the cells in a fresh process; begin anew, without the culprit, whenever a cell ends it."""
        while True:
            self._kernel = _Kernel(self, notebook)
            culprit = None
            for index, cell in enumerate(notebook.cells):
                if cell.cell_type != "code" or index in self.skip or index in self._fatal:
                    continue
                fault = self._run_cell(cell, index)
                if fault is not None:
                    self.faults[index] = fault
                    if fault.fatal:
                        culprit = index
                        break
            if culprit is None:
                self._kernel.serve()
                return
            self._fatal.add(culprit)
            why = self._stop()
            if why:
                fault.message += f" (it used {why})"
                _add_error(notebook.cells[culprit], fault)

    def _run_cell(self, cell: NotebookNode, index: int) -> CellFault | None:
        assert self._kernel is not None
        known = self.faults.get(index)
        seconds = min(self.limits.cell_seconds, self._deadline - time.monotonic())
        if known is not None and known.name == TIME_LIMIT:
            seconds = min(seconds, REPEAT_SECONDS)
        if seconds < 1:
            return CellFault(TIME_LIMIT, "not run: the time for the whole notebook is used up")
        return self._kernel.execute(cell, index, int(seconds))


class _Specs(KernelSpecManager):
    """Knows one kernel, ours: a submission's own kernelspec has no say."""

    spec: ClassVar[KernelSpec]

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return self.spec


class _Client(NotebookClient):
    """nbclient with a bound on what it keeps of a student's output."""

    bytes_left = 0

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        if msg["msg_type"] in ("stream", "display_data", "execute_result", "update_display_data", "error"):
            if self.bytes_left < 0:
                return None
            size = len(str(msg["content"]))
            if size > self.bytes_left:
                note = "\n[output cut here: the notebook printed more than is kept]\n"
                cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text=note))
                self.bytes_left = -1
                return None
            self.bytes_left -= size
        return super().process_message(msg, cell, cell_index)


class _Kernel:
    """One operating-system process: an ipykernel that can also be asked to serve."""

    def __init__(self, session: Session, notebook: NotebookNode) -> None:
        self.session = session
        self.requests = 0
        self.channel, inherited = socket.socketpair()
        with inherited:
            launch = self._sandboxed if session.sandboxed else self._plain
            self.manager, start = launch(inherited)
            self.client = _Client(
                notebook,
                km=self.manager,
                allow_errors=True,
                interrupt_on_timeout=True,
                error_on_timeout={
                    "ename": TIME_LIMIT,
                    "evalue": "this cell was stopped: it ran for too long",
                },
                iopub_timeout=GRACE_SECONDS,
                raise_on_iopub_timeout=True,
                on_cell_executed=self._keep_reply,
                startup_timeout=START_SECONDS,
                skip_cells_with_tag="",  # a student's tag switches nothing off
                store_widget_state=False,
                log=_quiet,
            )
            self.client.bytes_left = session.limits.output_bytes
            try:
                self.client.start_new_kernel(**start)
                self.client.start_new_kernel_client()
            except BaseException as error:
                self.kill()
                if isinstance(error, RuntimeError):  # nbclient's
                    raise CannotStart(
                        f"a process for student code does not start ({error}); "
                        "`python -P -m grader.kernel.launch --help` in an empty folder shows whether it can"
                    ) from None
                raise

    def _sandboxed(self, inherited: socket.socket) -> tuple[PromptManager, dict[str, Any]]:
        """A manager of a kernel in the sandbox, and how to start it."""
        session = self.session
        config = {
            "forbidden": sorted(session.forbidden),
            "gpu": session.gpu,
            "namespaces": session.namespaces,
            "limits": dataclasses.asdict(session.limits),
        }
        specs = _Specs()
        specs.spec = KernelSpec(
            argv=[],
            display_name="student",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": "grader-sandbox", "config": config}},
        )
        self.folder = None
        manager = PromptManager(kernel_spec_manager=specs, client_factory=PromptClient)
        return manager, {"files": session.files, "channel": inherited}

    def _plain(self, inherited: socket.socket) -> tuple[PromptManager, dict[str, Any]]:
        """A manager of an ordinary kernel with no walls around it, and how to start it."""
        session = self.session
        self.folder = short_folder()
        home, scratch = self.folder / "home", self.folder / "scratch"
        for folder in (home, scratch):
            folder.mkdir()
        for file in session.files:
            shutil.copy(file, scratch)
        specs = _Specs()
        specs.spec = KernelSpec(
            argv=[
                *(sys.executable, "-P", "-m", "grader.kernel.launch"),
                *("--channel", str(inherited.fileno()), "--memory", str(session.limits.memory_bytes)),
                *("--output", str(session.limits.output_bytes)),
                *("--forbid", ",".join(sorted(session.forbidden))),
                *("-f", "{connection_file}"),
            ],
            display_name="student",
            language="python",
        )
        manager = PromptManager(
            kernel_spec_manager=specs,
            transport="ipc",
            ip=str(self.folder / "k"),
            connection_file=str(self.folder / "connection.json"),
        )
        variables = {
            **environment(),
            "HOME": str(home),
            "TMPDIR": str(home),
            "IPYTHONDIR": str(home / "ipython"),
            "MPLCONFIGDIR": str(font_cache(home)),
        }
        return manager, {
            "cwd": str(scratch),
            "env": variables,
            "pass_fds": (inherited.fileno(),),
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
        }

    def execute(self, cell: NotebookNode, index: int, seconds: int) -> CellFault | None:
        """Run one cell; returns why it did not run to its end, if it did not."""
        self.client.timeout = seconds
        self.reply = {}
        try:
            self.client.execute_cell(cell, index)
        except DeadKernelError:
            fault = CellFault(
                "KernelDied", "this cell ended the Python process; the others were run without it", True
            )
        except CellTimeoutError:
            fault = CellFault(
                TIME_LIMIT,
                f"this cell was still running after {seconds} seconds and could not be interrupted",
                True,
            )
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
            # nbclient trusts kernels; a forged message from this one can trip it.
            fault = CellFault(
                "BrokenOutput", f"this cell sent what no Jupyter kernel sends ({type(error).__name__})", True
            )
        else:
            content = self.reply.get("content", {})
            if content.get("status") != "error":
                return None
            fault = CellFault(str(content.get("ename")), str(content.get("evalue")))
            if fault.name != TIME_LIMIT:
                return fault  # its traceback is among the outputs already
        finally:
            cell.outputs = [output for output in cell.outputs if _is_output(output)]
        _add_error(cell, fault)
        return fault

    def _keep_reply(self, execute_reply: dict[str, Any], **_: object) -> None:
        self.reply = execute_reply

    def serve(self) -> None:
        """Let the kernel's main thread answer requests from now on."""
        self.client.kc.execute("__serve__()", silent=True, store_history=False, allow_stdin=False)

    def request(self, message: bytes, deadline: float) -> bytes:
        self.requests += 1
        tag = self.requests.to_bytes(worker.TAG_BYTES, "big")
        wire.send(self.channel, tag + message, deadline)
        reply = wire.receive(self.channel, deadline, MAX_REPLY_BYTES)
        if not reply.startswith(tag):
            raise wire.WireError("it belongs to another call")
        return reply.removeprefix(tag)

    def kill(self) -> str:
        """End the process and all that it started, and remove its folder; see `Session._stop`."""
        self.channel.close()
        provisioner = self.manager.provisioner
        if self.folder is not None and provisioner is not None and provisioner.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(provisioner.process.pid, signal.SIGKILL)
        if isinstance(provisioner, WarmProvisioner):
            provisioner.end()  # before the manager would interrupt it and wait for what it says to that
        run_sync(self.manager.shutdown_kernel)(now=True)
        if self.client.kc is not None:
            self.client.kc.stop_channels()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        return provisioner.why if isinstance(provisioner, WarmProvisioner) else ""


def _add_error(cell: NotebookNode, fault: CellFault) -> None:
    """Show under a cell why it did not run to its end."""
    text = f"{fault.name}: {fault.message}"
    cell.outputs = [output for output in cell.outputs if output.get("ename") != fault.name]
    cell.outputs.append(
        nbformat.v4.new_output("error", ename=fault.name, evalue=fault.message, traceback=[text])
    )


def _is_output(output: NotebookNode) -> bool:
    """Whether nbformat knows such an output; forged messages can leave others."""
    try:
        nbformat.validate(output, ref="output", version=4)
    except nbformat.ValidationError:
        return False
    return True
