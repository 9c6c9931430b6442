"""The student proxy: what graders call instead of the student's functions."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from grader.kernel import wire
from grader.kernel.faults import CellFault, Garbled, Limits, ProcessDied, TimeUp
from grader.kernel.probes import find as find_probe

MAX_FAULTS = 2  # calls of one exercise that may hang or end the process before the rest is not tried


class CheckFailed(Exception):
    """The student's answer is wrong; the message is for the student.

    mistake: the name of the mistake (see `grader.checking.mistake`), where the grader knows it itself.
    fault: "timeout" or "died" where the student's process gave no answer, else empty.
    """

    def __init__(self, message: str, mistake: str | None = None, fault: str = "") -> None:
        super().__init__(message)
        self.mistake = mistake
        self.fault = fault


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

    def request(self, message: bytes, seconds: float) -> Any: ...


@dataclass
class Call:
    """One call in the student's process, and how it ended.

    owner: None for a function of the student's, "probe" for a probe, or the handle of the object whose
        method it is.
    number: of the call in its check.
    watch: None, or the device of a watched call.
    shown: the call as feedback shows it.
    """

    function: str
    args: tuple
    kwargs: dict[str, Any]
    owner: str | wire.Handle | None = None
    number: int = 0
    watch: str | None = None
    shown: str = ""
    reply: dict[str, Any] | None = None

    @property
    def message(self) -> bytes:
        return wire.encode(
            {
                "number": self.number,
                "function": self.function,
                "owner": self.owner,
                "args": list(self.args),
                "kwargs": self.kwargs,
                "watch": self.watch,
            }
        )

    def __str__(self) -> str:
        return self.shown


@dataclass
class Student:
    """The functions of one student, for the checks of one exercise.

    `student.conv2d(image, kernel, stride=2)` calls the student's `conv2d` in the student's process and
    returns what it returned, as plain data. An object that does not travel, such as a model, comes back
    as a `StudentObject`, which can be called, has methods, and can be an argument of later calls of the same
    check. `student.probe.loader(…)` calls a probe (see `grader.kernel.probes`); `student.watching().fit(…)`
    returns a pair of the value and the events (see `grader.kernel.watching.Watch`). Whatever goes wrong
    there is a `CheckFailed` here.

    calls: all calls of the current check, in order.
    subject: the call that a message is about, if it is not the last one: some checks judge several together.
    seconds: what is left of the time for the current check.
    measured: what the current check's trial achieved and its threshold, for those who read the results.
    """

    session: AnySession
    seconds: float = Limits.check_seconds
    calls: list[Call] = field(default_factory=list)
    history: list[list[Call]] = field(default_factory=list)
    faults: int = 0
    subject: Call | None = None
    measured: tuple[float, float] | None = None

    def begin(self, seconds: float) -> None:
        """Start a new check, with so many seconds of the student's time."""
        self.seconds = seconds
        self.measured = None
        self.calls = []
        self.subject = None
        self.history.append(self.calls)

    @property
    def probe(self) -> Probes:
        """The probes, as functions."""
        return Probes(self)

    def watching(self, device: str = "") -> Watching:
        """The student's functions, with events beside their values; see `Watch` for `device`."""
        return Watching(self, device)

    def __getattr__(self, name: str) -> StudentFunction:
        if name.startswith("__"):
            raise AttributeError(name)
        return StudentFunction(self, name)

    @property
    def last_call(self) -> Call | None:
        """The last call of this check that was not a probe's."""
        return next((call for call in reversed(self.calls) if call.owner != "probe"), None)

    def call(
        self, function: StudentFunction, args: tuple, kwargs: dict[str, Any], watch: str | None = None
    ) -> Any:
        """Call in the student's process; see the class."""
        if self.faults >= MAX_FAULTS:
            raise CheckFailed("not run: earlier checks of this exercise hung or ended the Python process")
        shown = [*map(_brief, args), *(f"{key}={_brief(value)}" for key, value in kwargs.items())]
        call = Call(
            function.name,
            tuple(map(_unwrap, args)),
            {key: _unwrap(value) for key, value in kwargs.items()},
            function.owner.handle if isinstance(function.owner, StudentObject) else function.owner,
            len(self.calls),
            watch,
            f"{function}({', '.join(shown)})",
        )
        self.calls.append(call)
        start = time.monotonic()
        try:
            self.session.prepare()
            start = time.monotonic()  # a new process is not the student's fault: its start is not counted
            reply = self.session.request(call.message, max(self.seconds, 0.01))
        except TimeUp as error:
            self.faults += 1
            raise CheckFailed(f"gave {error}", fault="timeout") from None
        except ProcessDied as error:
            self.faults += 1
            why = f"it used {error}" if str(error) else "out of memory, or an exit inside it"
            raise CheckFailed(f"ended the whole Python process ({why})", fault="died") from None
        except Garbled as error:
            self.faults += 1
            raise CheckFailed(f"gave an answer that cannot be read ({error})") from None
        finally:
            self.seconds -= time.monotonic() - start
        call.reply = reply if isinstance(reply, dict) else {}
        return self._wrap(self._result(call, call.reply), call)

    def _wrap(self, value: Any, call: Call) -> Any:
        """Handles become objects that can be called."""
        if isinstance(value, wire.Handle):
            return StudentObject(self, value, call.function if call.owner == "probe" else call.shown)
        if isinstance(value, (list, tuple)):
            return type(value)(self._wrap(item, call) for item in value)
        if isinstance(value, dict):
            return {key: self._wrap(item, call) for key, item in value.items()}
        return value

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
            if isinstance(call.owner, wire.Handle):
                raise CheckFailed(f"does not work: there is no method `{call.function}`")
            raise self._missing(call.function)
        if "lost" in reply:
            raise CheckFailed("not run: the process that held its arguments has ended")
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
    """`student.name`, a probe, or an object's method, ready to be called."""

    student: Student
    name: str
    owner: StudentObject | str | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.student.call(self, args, kwargs)

    def __str__(self) -> str:
        if isinstance(self.owner, StudentObject):
            return f"{self.owner}" if self.name == "__call__" else f"{self.owner}.{self.name}"
        return self.name


@dataclass(frozen=True)
class StudentObject:
    """An object in the student's process: the same object, the same handle."""

    student: Student = field(repr=False, compare=False)
    handle: wire.Handle
    shown: str = field(default="", compare=False)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return StudentFunction(self.student, "__call__", self)(*args, **kwargs)

    def __getattr__(self, name: str) -> StudentFunction:
        if name.startswith("__"):
            raise AttributeError(name)
        return StudentFunction(self.student, name, self)

    def __str__(self) -> str:
        return self.shown

    @property
    def type_name(self) -> str:
        """The name of the object's class."""
        return self.handle.type_name


@dataclass(frozen=True)
class Probes:
    """`student.probe`."""

    student: Student

    def __getattr__(self, name: str) -> StudentFunction:
        if find_probe(name) is None:
            raise AttributeError(name)
        return StudentFunction(self.student, name, "probe")


@dataclass(frozen=True)
class Watching:
    """`student.watching()`."""

    student: Student
    device: str

    def __getattr__(self, name: str) -> Callable[..., tuple[Any, list[dict[str, Any]]]]:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*args: Any, **kwargs: Any) -> tuple[Any, list[dict[str, Any]]]:
            value = self.student.call(StudentFunction(self.student, name), args, kwargs, self.device)
            return value, _events((self.student.calls[-1].reply or {}).get("events", []))

        return call


_EVENTS: dict[str, dict[str, type]] = {
    "forward": {"model": int, "training": bool, "grad": bool, "size": int},
    "loss": {"moved": bool},
    "compare": {"moved": bool},
    "step": {"optimizer": str, "lr": list},
}


def _events(reported: Any) -> list[dict[str, Any]]:
    """The reported events, as far as they have the form of events."""
    events = []
    for event in reported if isinstance(reported, list) else []:
        what = event.get("what") if isinstance(event, dict) else None
        kinds = _EVENTS.get(what) if isinstance(what, str) else None
        if kinds is None or any(type(event.get(key)) is not kind for key, kind in kinds.items()):
            raise CheckFailed("gave an answer that cannot be read")
        events.append(event)
    return events


def _unwrap(value: Any) -> Any:
    if isinstance(value, StudentObject):
        return value.handle
    if isinstance(value, (list, tuple)):
        return type(value)(map(_unwrap, value))
    if isinstance(value, dict):
        return {key: _unwrap(item) for key, item in value.items()}
    return value


def _text(value: Any) -> str:
    return value[:1000] if isinstance(value, str) else ""


def _brief(value: Any) -> str:
    """A short description of an argument: arrays by shape, not by content."""
    if isinstance(value, np.ndarray):
        dtype = "" if value.dtype == np.float64 else f"{value.dtype} "
        return f"{dtype}array of shape {value.shape}"
    if isinstance(value, StudentObject):
        return value.shown
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_brief(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple) and any(hasattr(item, "shape") for item in value):
        return f"({', '.join(map(_brief, value))})"
    if hasattr(value, "shape"):
        dtype = str(value.dtype).removeprefix("torch.")
        return f"{'' if dtype == 'float32' else dtype + ' '}tensor of shape {tuple(value.shape)}"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
