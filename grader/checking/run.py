"""Running graders: a submission's notebook in, the results of its exercises out."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from grader.checking.plugin import CheckResult, Run
from grader.checking.topic import MissingGrader

_OPTIONS = [
    "--disable-plugin-autoload",
    "--noconftest",
    "--strict-markers",
    "--capture=no",
    "--quiet",
    "--tb=native",  # quick; what a failure says is in the results
    *("-c", "/dev/null"),
    *(
        f"-pno:{name}"
        for name in (
            "cacheprovider",
            "faulthandler",
            "unraisableexception",
            "threadexception",
            "logging",
            "junitxml",
            "doctest",
            "warnings",
            "unittest",
            "pastebin",
            "setuponly",
            "setupplan",
            "stepwise",
            "debugging",
        )
    ),
]


class GradingError(Exception):
    """The engine could not grade: nobody gets points, and somebody has to look."""


@dataclass
class ExerciseResult:
    """The checks of one exercise."""

    exercise: str
    checks: list[CheckResult]

    @property
    def points(self) -> float:
        return sum(check.points for check in self.checks)

    @property
    def score(self) -> float:
        return sum(check.earned for check in self.checks)

    @property
    def attempted(self) -> bool:
        return any(check.status != "not attempted" for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, for the metadata of the test cell's output."""
        fields = [
            each.name for each in dataclasses.fields(CheckResult) if each.name not in ("exercise", "detail")
        ]
        checks = [{name: getattr(check, name) for name in [*fields, "earned"]} for check in self.checks]
        return {"exercise": self.exercise, "points": self.points, "score": self.score, "checks": checks}

    @property
    def errors(self) -> list[CheckResult]:
        """Checks that failed by the grader's own fault."""
        return [check for check in self.checks if check.status == "error"]


@contextlib.contextmanager
def _own_options_only() -> Iterator[None]:
    """Hide the options that somebody's environment holds for their own pytest."""
    hidden = {
        name: os.environ.pop(name) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS") if name in os.environ
    }
    try:
        yield
    finally:
        os.environ.update(hidden)


def grade(run: Run, exercises: Collection[str]) -> dict[str, ExerciseResult]:
    """Run the graders of these exercises. Raises MissingGrader and GradingError."""
    modules = [str(run.topic.grader(exercise)) for exercise in exercises]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), _own_options_only():
        code = pytest.main([*_OPTIONS, *modules], plugins=[run])
    if run.interrupted:
        raise KeyboardInterrupt
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise GradingError(
            f"the graders of {run.topic.name} did not run (pytest says {code!s}):\n{said.getvalue()}"
        )
    results = {
        exercise: ExerciseResult(exercise, [check for check in run.results if check.exercise == exercise])
        for exercise in exercises
    }
    for exercise, result in results.items():
        if not result.checks:
            raise MissingGrader(f"the grader of {run.topic.name}/{exercise} has no checks")
    return results
