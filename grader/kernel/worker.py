"""The student's side of the wire: calls the functions that the notebook defined, returns what they return.

Runs inside the student's process, where nothing is secret and nothing can be trusted: whatever it sends
is the student's claim, and the grader treats it so.
"""

from __future__ import annotations

import contextlib
import os
import socket
import traceback
from typing import Any

from grader.kernel import wire

MAX_MESSAGE_LINES = 12
MAX_MESSAGE_CHARACTERS = 1000


def serve(descriptor: int, namespace: dict[str, Any]) -> None:
    """Answer requests on the inherited socket `descriptor` until the grader closes it.

    Blocks the kernel's main thread, where students expect their code to run. What functions print
    while being graded is of no use to anybody and is dropped.
    """
    with (
        socket.socket(fileno=descriptor) as channel,
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        while True:
            try:
                request = wire.receive(channel)
            except EOFError:
                return
            wire.send(channel, answer(request, namespace))


def answer(request: bytes, namespace: dict[str, Any]) -> bytes:
    """Make one call and describe how it ended.

    A request is a dict with `function`, `args` and `kwargs`. The reply is a dict with one of `value`
    (what was returned), `raised` (an exception's type, message and place) or `missing` (no such name),
    and `changed`: the arguments that are no longer what was sent, as positions and keywords.
    """
    call = wire.decode(request)
    function = namespace.get(call["function"])
    if function is None:
        return wire.encode({"missing": call["function"]})
    args, kwargs = call["args"], call["kwargs"]
    try:
        reply: dict[str, Any] = {"value": function(*args, **kwargs)}
    except BaseException as error:  # noqa: BLE001 - sys.exit() and the like are answers, too
        return wire.encode({"raised": describe(error), "changed": []})
    original = wire.decode(request)
    sent = [*enumerate(original["args"]), *original["kwargs"].items()]
    now = [*args, *kwargs.values()]
    reply["changed"] = [
        key for (key, before), after in zip(sent, now, strict=True) if not _same(before, after)
    ]
    try:
        return wire.encode(reply)
    except (wire.WireError, MemoryError, RecursionError) as error:
        return wire.encode({"value": wire.Opaque(f"a value that cannot be sent ({error})"), "changed": []})


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


def _same(before: Any, after: Any) -> bool:
    return wire.encode(before) == wire.encode(after)
