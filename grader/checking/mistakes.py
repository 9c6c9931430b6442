"""Mistakes: named wrong answers, for diagnosis in feedback and as mutants that the graders must catch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from grader.checking.student import Call
from grader.kernel import wire
from grader.kernel.worker import answer

MAX_CALLS = 200  # replayed for one diagnosis


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


def diagnose(mistakes: Iterable[Mistake], check: list[Call], exercise: list[Call]) -> Mistake | None:
    """The mistake that answers as the student did, or None.

    check: the calls of the failed check, the one that failed last. A mistake in that function must
        reproduce all of them.
    exercise: all calls of the exercise. Of several candidates, the first that reproduces these, too,
        is preferred.
    """
    if not check:
        return None
    culprit = check[-1].function
    candidates = [each for each in mistakes if each.defines == culprit and _reproduces(each, check)]
    thorough = (candidate for candidate in candidates if _reproduces(candidate, exercise))
    return next(thorough, candidates[0] if candidates else None)


def _reproduces(mistake: Mistake, calls: list[Call]) -> bool:
    relevant = [call for call in reversed(calls) if call.function == mistake.defines][:MAX_CALLS]
    return all(_same_end(call, mistake) for call in relevant)


def _same_end(call: Call, mistake: Mistake) -> bool:
    if not call.reply:
        return False
    reply = wire.decode(answer(call.message, {call.function: mistake.implementation}))
    if "raised" in reply or "raised" in call.reply:
        return _raised_type(reply) == _raised_type(call.reply)
    return reply.get("changed") == call.reply.get("changed") and _alike(
        reply.get("value"), call.reply.get("value")
    )


def _raised_type(reply: dict[str, Any]) -> Any:
    raised = reply.get("raised")
    return raised.get("type") if isinstance(raised, dict) else None


def _alike(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(_alike, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_alike(a[key], b[key]) for key in a)
    if isinstance(a, (np.ndarray, np.generic)):
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        return bool(np.allclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True))
    if isinstance(a, float):
        return bool(np.isclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True))
    return bool(a == b)
