"""nbgrader in and out: the course's configuration of `nbgrader autograde`."""

from grader.autograde.configure import configure

__all__ = ["configure"]
