"""What a student's process may use, and what may happen to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one submission may use."""

    notebook_seconds: float = 600.0
    cell_seconds: float = 60.0
    check_seconds: float = 10.0
    memory_bytes: int = 4 * 2**30
    output_bytes: int = 5 * 2**20


class CannotStart(Exception):
    """No process for student code can be started on this machine; nothing can be graded."""


class ProcessDied(Exception):
    """The student's process ended during a call."""


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
