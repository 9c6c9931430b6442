"""Oracles that remember: every submission of a class is asked the same questions."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.kernel import wire

MOST = 5000  # answers of one oracle


def remembered(oracle: Callable) -> Callable:
    """`oracle`, a pure function of arrays and plain values, that works out each answer once.

    Its arrays are read-only: they will be handed out again.
    """
    answers: dict[bytes, Any] = {}

    @functools.wraps(oracle)
    def remembering(*args: Any, **kwargs: Any) -> Any:
        question = hashlib.sha256(wire.encode([args, kwargs])).digest()
        if question not in answers:
            if len(answers) == MOST:
                answers.clear()
            answers[question] = _read_only(oracle(*args, **kwargs))
        return answers[question]

    return remembering


def _read_only(answer: Any) -> Any:
    for part in (
        answer.values() if isinstance(answer, dict) else answer if type(answer) is tuple else [answer]
    ):
        if isinstance(part, np.ndarray):
            part.flags.writeable = False
    return answer
