"""The student's side of the wire: calls the functions that the notebook defined, returns what they return.

Runs inside the student's process, where nothing is secret and nothing can be trusted: whatever it sends
is the student's claim, and the grader treats it so.
"""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any

from grader.kernel import probes, wire

MAX_MESSAGE_LINES = 12
MAX_MESSAGE_CHARACTERS = 1000
HANDLES_PER_CALL = 1000
TAG_BYTES = 8  # before each request, and its reply: a forked child's answers belong to no later call


def serve(descriptor: int, namespace: dict[str, Any]) -> None:
    """Answer requests on the inherited socket `descriptor` until the grader closes it.

    Blocks the kernel's main thread, where students expect their code to run. What functions print
    while being graded is of no use to anybody and is dropped.
    """
    worker = Worker(namespace)
    with socket.socket(fileno=descriptor) as channel, silence():
        while True:
            try:
                request = wire.receive(channel)
            except EOFError:
                return
            tag, message = request[:TAG_BYTES], request[TAG_BYTES:]
            wire.send(channel, tag + worker.answer(message))


@contextlib.contextmanager
def silence():
    """Drop what is printed."""
    with (
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        yield


class Lost(Exception):
    """A handle from before this process, or from an earlier check."""


class Worker:
    """Makes calls in a namespace, and keeps the objects that do not travel.

    Objects are kept for one check: the call with number 0 begins a new one.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self._begin(0)

    def answer(self, request: bytes) -> bytes:
        """Make one call and describe how it ended.

        A request is a dict with

        - `number`, of the call in its check;
        - `function`, a name, and its `owner`: None for the notebook's namespace, "probe" for a probe (see
          `grader.kernel.probes`), or the handle of an object, whose method it is (`__call__`: the object
          itself);
        - `args`, `kwargs`;
        - `watch`: None, or the device of `grader.kernel.watching.Watch`.

        The reply is a dict with one of `value` (what was returned), `raised` (an exception's type, message
        and place), `missing` (no such name) or `lost` (no such object any more); with `changed`, the
        arguments that are no longer what was sent, as positions and keywords; and, if watched, with
        `events`.
        """
        try:
            call = wire.decode(request, self._object)
            if call["number"] == 0:
                self._begin(0)
            self._begin_call(call["number"])
        except Lost:
            return wire.encode({"lost": True})
        args, kwargs = call["args"], call["kwargs"]
        watch = contextlib.nullcontext([]) if call["watch"] is None else self._watch(call["watch"])
        reply: dict[str, Any] = {}
        try:
            with watch as events:
                function = self._function(call["owner"], call["function"])
                if function is None:
                    return wire.encode({"missing": call["function"]})
                reply["value"] = function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - sys.exit() and the like are answers, too
            return wire.encode({"raised": describe(error), "changed": []})
        is_probe = type(call["owner"]) is str  # asked without calling anything of the student's
        reply["changed"] = [] if is_probe else self._changed(request, call)
        if events:
            reply["events"] = events
        try:
            return wire.encode(reply, self._keep)
        except (wire.WireError, MemoryError, RecursionError) as error:
            return wire.encode(
                {"value": wire.Opaque(f"a value that cannot be sent ({error})"), "changed": []}
            )

    def _begin(self, number: int) -> None:
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        if "torch" in sys.modules:  # whatever an earlier exercise left behind
            sys.modules["torch"].set_grad_enabled(True)
        self._begin_call(number)

    def _begin_call(self, number: int) -> None:
        self._next = number * HANDLES_PER_CALL

    def _object(self, handle: wire.Handle) -> Any:
        if handle.number not in self._objects:
            raise Lost
        return self._objects[handle.number]

    def _keep(self, value: Any) -> int:
        """The number of an object: always the same for the same one."""
        number = self._numbers.get(id(value))
        if number is None:
            number, self._next = self._next, self._next + 1
            self._numbers[id(value)] = number
            self._objects[number] = value  # alive from now on, so that its id stays its own
        return number

    def _function(self, owner: Any, name: str) -> Callable | None:
        if owner is None:
            return self.namespace.get(name)
        if type(owner) is str:
            found = probes.find(name)
            return functools.partial(found, self.namespace) if found is probes.named else found
        return owner if name == "__call__" else getattr(owner, name, None)

    def _watch(self, device: str) -> contextlib.AbstractContextManager:
        from grader.kernel.watching import Watch

        return Watch(self._numbers, device)

    def _changed(self, request: bytes, call: dict[str, Any]) -> list:
        """Which arguments are no longer what was sent."""
        if self._same(request, call):
            return []
        original = wire.decode(request)
        sent = [*enumerate(original["args"]), *original["kwargs"].items()]
        now = [*call["args"], *call["kwargs"].values()]
        return [
            key
            for (key, before), after in zip(sent, now, strict=True)
            if not self._same(wire.encode(before), after)
        ]

    def _same(self, message: bytes, value: Any) -> bool:
        try:
            return wire.encode(value, self._keep) == message
        except wire.WireError:  # it has become too large to be sent, or contains itself
            return False


def describe(error: BaseException) -> dict[str, Any]:
    """The type, message and place of an exception, whatever its `__str__` does."""
    try:
        message = str(error)
    except BaseException as second:  # noqa: BLE001 - a student's __str__ may raise anything
        message = f"(its message could not be read: {type(second).__name__})"
    lines = message.splitlines()[:MAX_MESSAGE_LINES]
    # Of the whole traceback only the student's own last line: code in cells has such file names.
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if "ipykernel_" in frame.filename]
    return {
        "type": type(error).__name__,
        "bases": [base.__name__ for base in type(error).__mro__],
        "message": "\n".join(lines)[:MAX_MESSAGE_CHARACTERS],
        "line": (own[-1].line or "")[:200] if own else "",
    }
