"""A job: the grading of one notebook as plain data, so that any process on any machine can do it.

A `Job` says what to grade and knows the keys of its results in the grade cache. `perform` does it in the
process that calls it; `answer` is the same for workers, which are sent JSON and return JSON.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import platform
import sys
import threading
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from nbformat import NotebookNode

import grader
from grader.autograde.cache import GradeCache, digest
from grader.checking.calibration import FILE as CALIBRATION
from grader.checking.device import NoDevice, resolve_device
from grader.checking.plugin import CheckResult
from grader.checking.run import ExerciseResult, GradingError, grade
from grader.checking.submission import cells_to_run, handed_out, is_test, open_run, own_cells
from grader.checking.topic import MissingGrader, Topic, find_topic
from grader.kernel.faults import CannotStart, Limits

PACKAGE = Path(grader.__file__).parent
_ENGINE = ("kernel/*.py", "checking/*.py", "autograde/cache.py", "autograde/job.py", "__init__.py")
_one_at_a_time = threading.Lock()  # pytest, which runs the graders, is one to a process


class NotGraded(Exception):
    """A job that could not be done; the message says why."""


@dataclass
class Graded:
    """What is known of a job's results.

    cells: for each executed cell, in order, its outputs, execution count and times; None if not known.
    results: by exercise.
    """

    cells: list[dict[str, Any]] | None = None
    results: dict[str, ExerciseResult] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One notebook to grade.

    notebook: its code cells; other cells have no influence.
    exercises: to be graded, in this order.
    device: "cpu" or "cuda".
    sandboxed: see `Session`.
    """

    topic: Topic
    notebook: NotebookNode
    exercises: tuple[str, ...]
    limits: Limits
    device: str
    sandboxed: bool = True

    @classmethod
    def of(
        cls, notebook: NotebookNode, topic: Topic, limits: Limits, device: str, sandboxed: bool = True
    ) -> Self:
        """The job of grading a repaired notebook, on one of DEVICES. Raises MissingGrader."""
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        exercises = [cell.metadata.nbgrader.grade_id.removeprefix("test_") for cell in code if is_test(cell)]
        for exercise in exercises:
            topic.grader(exercise)
        cells = [_code_cell(cell.source, cell.metadata.get("nbgrader")) for cell in code]
        if "torch" in topic.forbidden:
            device = "cpu"  # and torch, which would have to look for a GPU, is not loaded
        elif device == "auto":
            device = resolve_device(device)
        return cls(topic, _notebook(cells), tuple(exercises), limits, device, sandboxed)

    @functools.cached_property
    def executed(self) -> list[int]:
        """The indices of the cells that are executed."""
        return cells_to_run(self.notebook, self.topic)

    @functools.cached_property
    def cells_key(self) -> str:
        """The key of what the executed cells print and show."""
        return digest(
            made_with(self.topic.name),
            {path.name: _content(path) for path in handed_out(self.topic)},
            sorted(self.topic.forbidden),
            asdict(self.limits),
            self.sandboxed,
            [self.notebook.cells[index].source for index in self.executed],
        )

    def exercise_key(self, exercise: str) -> str:
        """The key of an exercise's result: every executed cell may matter to it, for they share a process."""
        own = own_cells(self.notebook).get(exercise)
        place = self.executed.index(own) if own in self.executed else None
        return digest(self.cells_key, made_with(self.topic.name, exercise), exercise, place, self.device)

    def recall(self, cache: GradeCache, again: bool = True) -> Graded:
        """What the cache knows. again: whether results that are to be used only once count."""
        graded = Graded(cache.get(self.cells_key, again))
        for exercise in self.exercises:
            checks = cache.get(self.exercise_key(exercise), again)
            if checks is not None:
                graded.results[exercise] = _result(exercise, checks)
        return graded

    def missing(self, known: Graded) -> list[str] | None:
        """The exercises that are still to be graded, or None if nothing is left to do."""
        left = [exercise for exercise in self.exercises if exercise not in known.results]
        return left if left or known.cells is None else None

    def store(self, graded: Graded, cache: GradeCache) -> None:
        """Put results into the cache."""
        if _snapshot() != _snapshot_at_start():
            cache.log.warning("grade cache: the graders were changed during this run; nothing is stored")
            return
        cache.put(self.cells_key, self.topic.name, made_with(self.topic.name), graded.cells)
        for exercise, result in graded.results.items():
            cache.put(
                self.exercise_key(exercise),
                f"{self.topic.name}/{exercise}",
                made_with(self.topic.name, exercise),
                [asdict(check) for check in result.checks],
                # A grader's own fault may be the machine's; it has to be seen once, and not again.
                once=bool(result.errors),
            )

    def request(self, exercises: Collection[str]) -> bytes:
        """What a worker is sent: see `answer`."""
        message = {
            "topic": self.topic.name,
            "cells": [[cell.source, cell.metadata.get("nbgrader")] for cell in self.notebook.cells],
            "exercises": self.exercises,
            "limits": asdict(self.limits),
            "device": self.device,
            "sandboxed": self.sandboxed,
            "wanted": list(exercises),
            "made_with": {name: made_with(self.topic.name, name) for name in self.exercises},
        }
        return json.dumps(message).encode()

    def graded(self, reply: bytes) -> Graded:
        """A worker's reply, looked through. Raises NotGraded."""
        message = json.loads(reply)
        if "error" in message:
            raise NotGraded(message["error"])
        return Graded(
            message["cells"], {name: _result(name, checks) for name, checks in message["results"].items()}
        )


def perform(job: Job, exercises: Collection[str]) -> Graded:
    """Execute the notebook and grade these exercises.

    Raises GradingError, MissingGrader, CannotStart, NoDevice.
    """
    cells = [_code_cell(cell.source, cell.metadata.get("nbgrader")) for cell in job.notebook.cells]
    if job.device == "cuda":
        resolve_device(job.device)  # or every check would fail by itself
    notebook = _notebook(cells)
    with _one_at_a_time, open_run(notebook, job.topic, job.limits, job.device, job.sandboxed) as run:
        results = grade(run, exercises) if exercises else {}
    shown = [
        {
            "outputs": cells[index].outputs,
            "execution_count": cells[index].execution_count,
            "execution": cells[index].metadata.get("execution"),
        }
        for index in job.executed
    ]
    return Graded(shown, results)


def answer(request: bytes) -> bytes:
    """A worker's work: the reply to `Job.request`, as JSON that names the error if it cannot be done."""
    message = json.loads(request)
    try:
        topic = find_topic(message["topic"])
        for exercise, expected in message["made_with"].items():
            if made_with(topic.name, exercise) != expected:
                raise NotGraded(
                    f"the worker on {platform.node()} has other graders, another engine or other packages"
                )
        job = Job(
            topic,
            _notebook([_code_cell(*cell) for cell in message["cells"]]),
            tuple(message["exercises"]),
            Limits(**message["limits"]),
            message["device"],
            message["sandboxed"],
        )
        graded = perform(job, message["wanted"])
    except (NotGraded, GradingError, MissingGrader, CannotStart, NoDevice) as error:
        return json.dumps({"error": f"{type(error).__name__}: {error}"}).encode()
    results = {name: [asdict(check) for check in result.checks] for name, result in graded.results.items()}
    return json.dumps({"cells": graded.cells, "results": results}).encode()


def grade_job(job: Job, cache: GradeCache | None) -> Graded:
    """The job's results, from the cache as far as it knows them. Raises what `perform` raises."""
    known = job.recall(cache) if cache else Graded()
    left = job.missing(known)
    if left is None:
        return known
    new = perform(job, left)
    if cache:
        job.store(new, cache)
    # What the cells showed the first time stays: other results belong to it.
    return Graded(known.cells or new.cells, known.results | new.results)


def made_with(topic: str, exercise: str | None = None) -> str:
    """Digest of engine and environment, and of the graders of an exercise if one is named."""
    _snapshot_at_start()
    return _made_with(topic, exercise)


@functools.cache
def _made_with(topic: str, exercise: str | None) -> str:
    files = [path for pattern in _ENGINE for path in PACKAGE.glob(pattern)]
    threshold = None
    if exercise is not None:
        graders = PACKAGE / "exercises"
        files += graders.glob("*.py")
        files += [
            path
            for path in (graders / topic).rglob("*")
            if path.is_file()
            and path.suffix != ".pyc"
            and (not path.name.startswith("test_") or path.name == f"test_{exercise}.py")
        ]
        threshold = json.loads(CALIBRATION.read_text()).get(f"{topic}/{exercise}")
    return digest(
        {str(path.relative_to(PACKAGE)): _content(path) for path in files}, _environment(), threshold
    )


@functools.cache
def _environment() -> list[str]:
    """What student code and graders may find: Python, the kind of machine, every installed package."""
    # setuptools, once loaded, adds copies of its own: they depend on who asks.
    path = [folder for folder in sys.path if not folder.endswith("_vendor")]
    packages = {f"{each.name}=={each.version}" for each in importlib.metadata.distributions(path=path)}
    packages -= {each for each in packages if each.startswith("grader==")}  # whose files count themselves
    return [platform.python_version(), platform.system(), platform.machine(), *sorted(packages)]


def _content(path: Path) -> str:
    status = path.stat()
    return _hash_file(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=1000)
def _hash_file(path: Path, *_: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _snapshot() -> dict[Path, tuple[int, int]]:
    """Sizes and times of all that counts: whether what this process has loaded is still what is there."""
    patterns = (*_ENGINE, "exercises/**/*.py", "exercises/*.json")
    status = {path: path.stat() for pattern in patterns for path in PACKAGE.glob(pattern)}
    return {path: (each.st_mtime_ns, each.st_size) for path, each in status.items()}


_snapshot_at_start = functools.cache(_snapshot)


def _code_cell(source: str, meta: dict[str, Any] | None) -> NotebookNode:
    metadata = NotebookNode(nbgrader=NotebookNode(meta)) if meta else NotebookNode()
    return NotebookNode(
        id="cell", cell_type="code", source=source, metadata=metadata, outputs=[], execution_count=None
    )


def _notebook(cells: list[NotebookNode]) -> NotebookNode:
    return NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=5)


def _result(exercise: str, checks: list[dict[str, Any]]) -> ExerciseResult:
    return ExerciseResult(exercise, [CheckResult(**check) for check in checks])
