"""nbgrader in and out: the course's configuration of `nbgrader autograde`."""

from typing import Any

__all__ = ["configure"]


def __getattr__(name: str) -> Any:
    # On demand: worker processes have no use for nbgrader, which takes a second to load.
    if name != "configure":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from grader.autograde.configuration import configure

    return configure
