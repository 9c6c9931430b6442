"""Worker processes on this machine: a `concurrent.futures.Executor` that knows who does what.

Each worker is a fresh interpreter that is sent one job after another, as JSON, over a pipe. One that ends
costs nobody else anything: its job is given once more, to a fresh worker, and is then given up.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from multiprocessing.connection import Connection, Pipe

from grader.autograde.job import NotGraded, answer


class WorkerLost(Exception):
    """A worker ended, or did not answer, while it had a job."""


class Workers(Executor):
    """`count` processes; `submit(answer, request)` has one of them answer.

    seconds: after which a worker that does not answer is ended; a job has its own limits, far below.
    """

    def __init__(self, count: int, seconds: float) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="worker")
        self._own = threading.local()
        self._seconds = seconds
        self._all: set[_Worker] = set()
        self._closed = False

    def submit(self, function: Callable[[bytes], bytes], /, request: bytes) -> Future[bytes]:  # type: ignore[override]
        """The future reply. It raises NotGraded if two workers in a row ended over this job."""
        if function is not answer:
            raise TypeError("workers answer jobs, nothing else")
        return self._threads.submit(self._ask, request)

    @property
    def processes(self) -> list[int]:
        """The process ids of the workers that run."""
        return [worker.process.pid for worker in self._all if worker.process.poll() is None]

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers, in the middle of a job if need be."""
        self._closed = True
        for worker in list(self._all):
            worker.end()
        self._threads.shutdown(wait, cancel_futures=True)

    def _ask(self, request: bytes) -> bytes:
        # Runs in one thread for each worker.
        for _ in range(2):
            if self._closed:
                break
            worker = getattr(self._own, "worker", None)
            if worker is None:
                worker = self._own.worker = _Worker()
                self._all.add(worker)
            try:
                return worker.ask(request, self._seconds)
            except WorkerLost as error:
                reason = str(error)
                self._all.discard(worker)
                self._own.worker = None
        raise NotGraded(reason if not self._closed else "the run was stopped")


class _Worker:
    """One process."""

    def __init__(self) -> None:
        self.connection, other = Pipe()
        with other:
            # Its own session: Ctrl-C in the terminal is for the main process, which ends the workers.
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "grader", "worker", str(other.fileno())],
                pass_fds=(other.fileno(),),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    def ask(self, request: bytes, seconds: float) -> bytes:
        try:
            self.connection.send_bytes(request)
            if self.connection.poll(seconds):
                return self.connection.recv_bytes()
            reason = f"a worker gave no answer in {seconds:.0f} seconds"
        except (EOFError, OSError):
            reason = "two workers ended over it"
        self.end()
        self.connection.close()
        raise WorkerLost(reason)

    def end(self) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def serve(descriptor: int) -> None:
    """Answer jobs until the main process is gone: what a worker does."""
    with Connection(descriptor) as connection, contextlib.suppress(EOFError, ConnectionError):
        while True:
            connection.send_bytes(answer(connection.recv_bytes()))
