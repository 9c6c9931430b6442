"""The pytest side: the `student` fixture, `@points`, and what became of each check.

Used in two ways: `grader/exercises/conftest.py` for `pytest grader/exercises/<topic> --submission NOTEBOOK`
by hand, and `grader.checking.run.grade` for the same modules inside nbgrader.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from grader.checking.device import resolve_device
from grader.checking.mistakes import diagnose
from grader.checking.policy import forbidden_imports
from grader.checking.student import AnySession, Call, CheckFailed, NotAttempted, Student
from grader.checking.topic import MissingGrader, Topic
from grader.kernel.faults import Limits


def points(value: float, seconds: float | None = None, replay: bool = True) -> Callable:
    """Declare a test function to be a check worth `value` points.

    seconds: of the student's time that it may take, where the limit for a check is not enough.
    replay: False for a long training, which is not repeated with each mistake when it fails; a mistake that
        an earlier check of the exercise recognised is named again.
    """
    return pytest.mark.points(value, seconds=seconds, replay=replay)


@dataclass
class CheckResult:
    """What became of one check.

    status: "passed", "failed", "not attempted" or "error" (the grader's own fault).
    message: what the student reads about it; mistake: the explanation of a recognised mistake.
    seconds: that the check took, wall clock. fault: see `CheckFailed`.
    measured, threshold: of a check with a trial, what was achieved and what is needed.
    """

    exercise: str
    name: str
    title: str
    points: float
    status: str
    message: str = ""
    mistake: str = ""
    mistake_name: str = ""
    seconds: float = 0.0
    fault: str = ""
    measured: float | None = None
    threshold: float | None = None
    detail: str = field(default="", repr=False)  # an error's traceback, for the log only

    @property
    def earned(self) -> float:
        return self.points if self.status == "passed" else 0.0


@dataclass
class Run:
    """One pass of graders over one session; the pytest plugin that knows both."""

    topic: Topic
    session: AnySession
    own_cells: dict[str, int] = field(default_factory=dict)  # each exercise's solution cell, by index
    check_seconds: float = Limits.check_seconds
    requested_device: str = "auto"
    results: list[CheckResult] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._students: dict[str, Student] = {}
        self._forbidden: dict[str, set[str]] = {}
        self.interrupted = False

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "points(value, seconds, replay): what a check is worth")

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo) -> None:
        # pytest swallows Ctrl-C; whoever runs us must not. Its own interruptions are subclasses.
        self.interrupted = excinfo.type is KeyboardInterrupt

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Student:
        """The student's functions, for one check."""
        exercise, _, _ = _check_of(request.node)
        if exercise not in self.topic.exercises:
            raise MissingGrader(f"TOPIC.exercises of {self.topic.name} has no {exercise!r}")
        student = self._student(exercise)
        student.begin(request.node.get_closest_marker("points").kwargs["seconds"] or self.check_seconds)
        if exercise not in self._forbidden:
            self._forbidden[exercise] = forbidden_imports(
                self.session.sources,
                self.topic.exercises[exercise],
                self.own_cells.get(exercise),
                self.topic.forbidden,
            )
        found = ", ".join(sorted(self._forbidden[exercise]))
        if found:
            raise CheckFailed(f"the solution imports {found}: this notebook has to do without")
        return student

    @pytest.fixture
    def device(self) -> str:
        """Where training checks run: "cpu" or "cuda"."""
        return resolve_device(self.requested_device)

    def recorded_calls(self) -> list[list[Call]]:
        """The calls of every check so far."""
        return [check for student in self._students.values() for check in student.history]

    def _student(self, exercise: str) -> Student:
        # One proxy an exercise: its calls are remembered for the diagnosis.
        return self._students.setdefault(exercise, Student(self.session))

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            _check_of(item)  # a check without points or title must not go unnoticed

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
        outcome = yield
        if call.when == "call" or (call.when == "setup" and call.excinfo is not None):
            result = self._result(item, call)
            self.results.append(result)
            report = outcome.get_result()
            if result.status in ("failed", "not attempted"):
                report.longrepr = f"{result.title}: {result.message}" + (
                    f"\nLikely mistake: {result.mistake}" if result.mistake else ""
                )

    def _result(self, item: pytest.Item, call: pytest.CallInfo) -> CheckResult:
        exercise, value, title = _check_of(item)
        result = CheckResult(exercise, item.name, title, value, "passed", seconds=round(call.duration, 3))
        measured = self._student(exercise).measured
        if measured is not None and all(map(math.isfinite, measured)):
            result.measured, result.threshold = (round(float(figure), 4) for figure in measured)
        if call.excinfo is None:
            return result
        error = call.excinfo.value
        if not isinstance(error, CheckFailed):
            result.status = "error"
            result.message = "the grader itself failed here; this is not your fault, tell your instructor"
            result.detail = str(call.excinfo.getrepr(style="short"))
            return result
        student = self._student(exercise)
        call = student.subject or student.last_call
        where = f"`{call}` " if call else ""
        result.fault = error.fault
        result.status = "not attempted" if isinstance(error, NotAttempted) else "failed"
        result.message = str(error) if result.status == "not attempted" else f"{where}{error}"
        found = None
        own = [each for each in self.topic.mistakes if each.exercise == exercise]
        if error.mistake is not None:
            found = next(each for each in own if each.name == error.mistake)
        elif result.status == "failed" and item.get_closest_marker("points").kwargs["replay"]:
            found = diagnose(own, student.calls, student.history)
        elif result.status == "failed":
            earlier = [each.mistake_name for each in self.results if each.exercise == exercise]
            found = next((each for each in own if each.name in earlier), None)
        if found is not None:
            result.mistake, result.mistake_name = found.explanation, found.name
        return result


def _check_of(item: pytest.Item) -> tuple[str, float, str]:
    """The exercise, points and title of a check."""
    marker = item.get_closest_marker("points")
    title = (getattr(item.obj, "__doc__", None) or "").strip().partition("\n")[0]
    if marker is None or not title:
        raise pytest.UsageError(f"{item.nodeid}: a check needs @points(...) and a docstring")
    return item.path.stem.removeprefix("test_"), float(marker.args[0]), title
