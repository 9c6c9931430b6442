"""Mistakes: named wrong answers, for diagnosis in feedback and as mutants that the graders must catch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from grader.checking.student import Call
from grader.kernel import wire
from grader.kernel.worker import Worker, silence

MAX_CALLS = 200  # replayed for one mistake
SECONDS = 30


@dataclass(frozen=True)
class Mistake:
    """A named wrong answer.

    name: of the function in mistakes.py.
    exercise: its exercise id.
    defines: the student's function that it stands in for.
    explanation: what the student reads.
    """

    name: str
    exercise: str
    defines: str
    explanation: str
    implementation: Callable[..., Any]


def mistake(exercise: str, explanation: str, defines: str | None = None) -> Callable:
    """Declare the decorated function to be a mistake in `exercise`, in the role of `defines`."""

    def declare(function: Callable) -> Callable:
        function.mistake = Mistake(function.__name__, exercise, defines or exercise, explanation, function)
        return function

    return declare


def collect(module: ModuleType) -> list[Mistake]:
    """The mistakes of a mistakes.py, in the order of the file."""
    return [value.mistake for value in vars(module).values() if hasattr(value, "mistake")]


def diagnose(mistakes: Iterable[Mistake], check: list[Call], history: list[list[Call]]) -> Mistake | None:
    """The mistake that answers as the student did, or None.

    check: the calls of the failed check. A mistake in the function that was called last must reproduce all
        of them, what probes saw and what objects answered afterwards included.
    history: the calls of each check of the exercise so far. Of several candidates, the first that reproduces
        these, too, is preferred.

    Gives up after SECONDS of CPU time: trainings are repeated for it.
    """
    last = next((call for call in reversed(check) if call.owner is None), None)
    if last is None:
        return None
    end = time.process_time() + SECONDS
    candidates = []
    with silence():
        for each in mistakes:
            if time.process_time() > end:
                break
            if each.defines == last.function and _reproduces(each, check):
                candidates.append(each)
        if len(candidates) > 1 and time.process_time() < end:
            thorough = (each for each in candidates if all(_reproduces(each, calls) for calls in history))
            return next(thorough, candidates[0])
    return candidates[0] if candidates else None


def _reproduces(mistake: Mistake, calls: list[Call]) -> bool:
    """Whether the mistake would have given the same answers in the calls of one check."""
    relevant = [call for call in calls if call.owner is not None or call.function == mistake.defines]
    if not any(call.owner is None for call in relevant):
        return True
    if all(call.owner is None for call in relevant):
        relevant = relevant[
            : -MAX_CALLS - 1 : -1
        ]  # independent of each other: the one that failed comes first
    worker = Worker({mistake.defines: mistake.implementation})
    return all(
        call.reply and _same_end(wire.decode(worker.answer(call.message)), call.reply) for call in relevant
    )


def _same_end(reply: dict[str, Any], got: dict[str, Any]) -> bool:
    if "raised" in reply or "raised" in got:
        return _raised_type(reply) == _raised_type(got)
    return all(_alike(reply.get(key), got.get(key)) for key in ("value", "changed", "events"))


def _raised_type(reply: dict[str, Any]) -> Any:
    raised = reply.get("raised")
    return raised.get("type") if isinstance(raised, dict) else None


def _alike(a: Any, b: Any) -> bool:
    a, b = (each.item() if isinstance(each, np.generic) else each for each in (a, b))  # Python's or NumPy's
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(_alike, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_alike(a[key], b[key]) for key in a)
    if isinstance(a, np.ndarray):
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        tolerance = 1e-4 if a.dtype in (np.float32, np.float16) else 1e-9
        return bool(np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True))
    if isinstance(a, wire.Handle):
        return a.number == b.number
    if hasattr(a, "detach"):  # a tensor; float32 sums come out differently on another number of threads
        return a.requires_grad == b.requires_grad and _alike(a.detach().numpy(), b.detach().numpy())
    if isinstance(a, float):
        return bool(np.isclose(a, b, rtol=1e-6, atol=1e-6, equal_nan=True))
    return bool(a == b)
