"""Expectations: each raises `CheckFailed` with a message that says what came and what was expected.

They go from the outside in (type, dtype, shape, values) and never quote an expected array.
"""

from __future__ import annotations

import numbers
from typing import Any, NoReturn

import numpy as np

from grader.checking.student import (
    CheckFailed,
    NotAttempted,
    Student,
    StudentFunction,
    StudentObject,
    StudentRaised,
)
from grader.kernel.wire import Opaque


def fail(message: str, mistake: str | None = None) -> NoReturn:
    """Fail the check; `mistake` names the mistake where the grader knows it."""
    raise CheckFailed(message, mistake)


def expect_int(got: Any, expected: int) -> None:
    """`got` must be an integer (Python's or NumPy's, not a bool or a float) equal to `expected`."""
    if isinstance(got, (bool, np.bool_)) or not isinstance(got, numbers.Integral):
        fail(f"returned {describe(got)}; an int is expected")
    if int(got) != expected:
        fail(f"returned {int(got)}, which is {_direction(int(got), expected)}")


def expect_array(
    got: Any, expected: np.ndarray, *, what: str = "", rtol: float = 1e-8, atol: float = 1e-8
) -> None:
    """`got` must be a float64 ndarray with the shape and the values of `expected`.

    what: names the array where a function returns several, for example "grad_image".
    rtol, atol: an entry is right if |got − expected| ≤ atol + rtol·max|expected|.
    """
    subject = f"{what}: " if what else ""
    verb = "is" if what else "returned"
    if not isinstance(got, np.ndarray):
        fail(f"{subject}{verb} {describe(got)}; a NumPy array is expected")
    if got.dtype != np.float64:
        fail(f"{subject}{verb} an array of dtype {got.dtype}; float64 is expected, whatever came in")
    if got.shape != expected.shape:
        fail(f"{subject}{verb} an array of shape {got.shape}; {expected.shape} is expected")
    if not got.size:
        return
    bad = ~np.isfinite(got)
    if bad.any():
        fail(
            f"{subject}{int(bad.sum())} of {got.size} values are not finite (NaN or infinity), "
            f"the first at index {_first(bad)}"
        )
    scale, error = float(np.max(np.abs(expected))), np.abs(got - expected)
    wrong = error > atol + rtol * scale
    if wrong.any() and error.max() <= 1e-5 * scale:
        fail(
            f"{subject}the values are nearly right, but off by up to {error.max():.1g}: "
            "something on the way is rounded, or computed in float32"
        )
    if wrong.any():
        index = _first(wrong)
        fail(
            f"{subject}{int(wrong.sum())} of {got.size} values are wrong; "
            f"the first is {got[index]:.6g} at index {index}, "
            f"{_direction(got[index], expected[index])}"
        )


def expect_unchanged(student: Student) -> None:
    """No call of this check so far may have modified its arguments."""
    for call in student.calls:
        changed = (call.reply or {}).get("changed")
        if changed:
            first = changed[0] if isinstance(changed, list) else changed
            which = f"argument {first + 1}" if type(first) is int else f"the argument {first!s:.40}"
            fail(f"modified {which}; work on a copy (a second name for an array does not make one)")


def expect_value_error(function: StudentFunction, *args: Any, naming: tuple[str, ...], **kwargs: Any) -> None:
    """The call must raise a ValueError whose message contains one of the argument names `naming`."""
    try:
        got = function(*args, **kwargs)
    except NotAttempted:
        raise
    except StudentRaised as error:
        if "ValueError" not in error.bases:
            fail(f"raised {error.type_name} ({error.text}); a ValueError is expected")
        if not any(name in error.text.lower() for name in naming):
            fail(
                f"raised {error.type_name}, but its message {error.text!r} does not name the argument, "
                f"expected there: {' or '.join(naming)}"
            )
        return
    fail(
        f"returned {describe(got)}; a ValueError is expected, with a message that names {' or '.join(naming)}"
    )


def describe(value: Any) -> str:
    """A value in words: what kind it is, and its shape."""
    if value is None:
        return "None (is a `return` missing?)"
    if isinstance(value, (Opaque, StudentObject)):
        return f"a value of type {value.type_name}"
    if hasattr(value, "detach"):
        return f"a tensor of shape {tuple(value.shape)} and dtype {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if isinstance(value, (bool, int, float, np.generic)):
        return f"{value!r} of type {type(value).__name__}"
    article = "an" if type(value).__name__[0] in "aeiou" else "a"
    return f"{article} {type(value).__name__}"


def _direction(got: float, expected: float) -> str:
    if got == -expected:
        return "the right size with the wrong sign"
    return "too large" if got > expected else "too small"


def _first(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(mask)[0])
