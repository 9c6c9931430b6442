"""What a student's process may use, and what may happen to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    notebook_seconds, cell_seconds, check_seconds: of wall-clock time, for cells and checks together, for one
        cell, and for student code in one check.
    cpu_seconds: of one process.
    memory_bytes: of private memory, in one process and in all together.
    processes: processes and threads at a time.
    scratch_bytes: of the files that it writes, each and all together.
    output_bytes: of output that is kept of one notebook.
    """

    notebook_seconds: float = 600.0
    cell_seconds: float = 60.0
    check_seconds: float = 10.0
    cpu_seconds: int = 600
    memory_bytes: int = 4 * 2**30
    processes: int = 128
    scratch_bytes: int = 256 * 2**20
    output_bytes: int = 5 * 2**20


class CannotStart(Exception):
    """No process for student code can be started on this machine; nothing can be graded."""


class ProcessDied(Exception):
    """The student's process ended during a call; the message is the limit that it exceeded, if it did."""


class TimeUp(Exception):
    """A call, or the whole notebook, ran out of time."""


class Garbled(Exception):
    """What came back is no reply."""


@dataclass
class CellFault:
    """Why a cell did not run to its end."""

    name: str
    message: str
    fatal: bool = False  # the process had to be replaced
