"""The student proxy: what graders call instead of the student's functions."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from grader.kernel import wire
from grader.kernel.faults import CellFault, Garbled, Limits, ProcessDied, TimeUp

MAX_FAULTS = 2  # calls of one exercise that may hang or end the process before the rest is not tried


class CheckFailed(Exception):
    """The student's answer is wrong; the message is for the student.

    mistake: the name of the mistake (see `grader.checking.mistake`), where the grader knows it itself.
    """

    def __init__(self, message: str, mistake: str | None = None) -> None:
        super().__init__(message)
        self.mistake = mistake


class NotAttempted(CheckFailed):
    """The exercise is as it was handed out, or not there at all."""


class StudentRaised(CheckFailed):
    """The student's function raised an exception."""

    def __init__(self, type_name: str, bases: tuple[str, ...], text: str, line: str) -> None:
        where = f", in the line `{line}`" if line else ""
        super().__init__(f"raised {type_name}{': ' if text else ''}{text}{where}")
        self.type_name = type_name
        self.bases = bases
        self.text = text


class AnySession(Protocol):
    """What the proxy needs of a session (see `grader.kernel.session`)."""

    faults: dict[int, CellFault]
    sources: dict[int, str]

    def prepare(self) -> None: ...

    def request(self, message: bytes, seconds: float) -> bytes: ...


@dataclass
class Call:
    """One call of a student's function, and how it ended."""

    function: str
    args: tuple
    kwargs: dict[str, Any]
    reply: dict[str, Any] | None = None

    @property
    def message(self) -> bytes:
        return wire.encode({"function": self.function, "args": list(self.args), "kwargs": self.kwargs})

    def __str__(self) -> str:
        shown = [*map(_brief, self.args), *(f"{key}={_brief(value)}" for key, value in self.kwargs.items())]
        return f"{self.function}({', '.join(shown)})"


@dataclass
class Student:
    """The functions of one student, for the checks of one exercise.

    `student.conv2d(image, kernel, stride=2)` calls the student's `conv2d` in the student's process and
    returns what it returned, as plain data. Whatever goes wrong there is a `CheckFailed` here.

    calls: all calls of the current check, in order.
    seconds: what is left of the time for the current check.
    """

    session: AnySession
    seconds: float = Limits.check_seconds
    calls: list[Call] = field(default_factory=list)
    history: list[list[Call]] = field(default_factory=list)
    faults: int = 0

    def begin(self, seconds: float) -> None:
        """Start a new check, with so many seconds of the student's time."""
        self.seconds = seconds
        self.calls = []
        self.history.append(self.calls)

    def __getattr__(self, name: str) -> StudentFunction:
        if name.startswith("__"):
            raise AttributeError(name)
        return StudentFunction(self, name)

    def call(self, function: str, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Call the student's `function`; see the class."""
        if self.faults >= MAX_FAULTS:
            raise CheckFailed("not run: earlier checks of this exercise hung or ended the Python process")
        call = Call(function, args, kwargs)
        self.calls.append(call)
        start = time.monotonic()
        try:
            self.session.prepare()
            start = time.monotonic()  # a new process is not the student's fault: its start is not counted
            reply = wire.decode(self.session.request(call.message, max(self.seconds, 0.01)))
        except TimeUp:
            self.faults += 1
            raise CheckFailed("gave no answer in time (an endless loop, or far too slow)") from None
        except ProcessDied:
            self.faults += 1
            raise CheckFailed(
                "ended the whole Python process (out of memory, or an exit inside it)"
            ) from None
        except (Garbled, wire.WireError) as error:
            self.faults += 1
            raise CheckFailed(f"gave an answer that cannot be read ({error})") from None
        finally:
            self.seconds -= time.monotonic() - start
        call.reply = reply if isinstance(reply, dict) else {}
        return self._result(call, call.reply)

    def _result(self, call: Call, reply: dict[str, Any]) -> Any:
        if "value" in reply:
            return reply["value"]
        raised = reply.get("raised")
        if isinstance(raised, dict):
            name, text, line = (_text(raised.get(key)) for key in ("type", "message", "line"))
            bases = raised.get("bases")
            bases = tuple(map(_text, bases)) if isinstance(bases, list) else ()
            if name == "NotImplementedError":
                raise NotAttempted(f"`{call.function}` still raises NotImplementedError")
            raise StudentRaised(name, bases, text, line)
        if "missing" in reply:
            raise self._missing(call.function)
        raise CheckFailed("gave an answer that cannot be read")

    def _missing(self, name: str) -> CheckFailed:
        defines = re.compile(rf"^[ \t]*(?:async +)?(?:def|class) +{name}\b|^{name} *=", re.MULTILINE)
        cells = [index for index, source in self.session.sources.items() if defines.search(source)]
        for index in cells:
            fault = self.session.faults.get(index)
            if fault is not None:
                return CheckFailed(
                    f"`{name}` does not exist: the cell that defines it stopped with "
                    f"{fault.name}: {fault.message[:300]}"
                )
        if cells:
            return CheckFailed(
                f"`{name}` does not exist after all cells have run: was it deleted or renamed?"
            )
        return NotAttempted(f"no code cell defines `{name}`; the name has to be spelled exactly so")


@dataclass(frozen=True)
class StudentFunction:
    """`student.name`, ready to be called."""

    student: Student
    name: str

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.student.call(self.name, args, kwargs)


def _text(value: Any) -> str:
    return value[:1000] if isinstance(value, str) else ""


def _brief(value: Any) -> str:
    """A short description of an argument: arrays by shape, not by content."""
    if isinstance(value, np.ndarray):
        dtype = "" if value.dtype == np.float64 else f"{value.dtype} "
        return f"{dtype}array of shape {value.shape}"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
