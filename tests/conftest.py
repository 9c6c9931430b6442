"""What the tests share: notebooks of the course, and scratch courses to run nbgrader in."""

from __future__ import annotations

import atexit
import contextlib
import functools
import io
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch comes: more threads only wait for each other

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from demo.classroom import fill
from grader.__main__ import main
from grader.checking.run import ExerciseResult, grade
from grader.checking.submission import open_run
from grader.checking.topic import Topic, all_topics, find_topic
from grader.kernel.faults import Limits

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent  # nbgrader finds its helpers there
# `nbgrader`, without a grammar of international addresses that jsonschema would build, a second each time.
NBGRADER = (
    "import sys; sys.modules['rfc3987_syntax'] = None; from nbgrader.apps.nbgraderapp import main; main()"
)
STRICT = "TRAITLETS_APPLICATION_RAISE_CONFIG_FILE_ERROR"
ANSWER = """A fully connected layer looks at all pixels, but forgets which of them are neighbours.
Convolution is *equivariant*: if the input shifts by one pixel, so does the feature map. Max pooling adds a
little *invariance*: with windows of 2, a maximum that moves from column 0 to column 1 changes nothing."""
TOPICS = {topic.name: topic.assignment for topic in all_topics()}

#: CONTRACT: the points of every exercise by topic, typed once more on purpose.
CONTRACT = tomllib.loads((ROOT / "tests" / "contract.toml").read_text())


def read(folder: str, topic: str) -> NotebookNode:
    """A notebook of source/ or release/."""
    return nbformat.read(ROOT / folder / TOPICS[topic] / f"{topic}.ipynb", as_version=4)


def solution_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The solution cells by exercise id."""
    meta = ((cell, cell.metadata.get("nbgrader", {})) for cell in notebook.cells)
    return {m["grade_id"]: cell for cell, m in meta if m.get("solution") and cell.cell_type == "code"}


def solved(topic: str, *exercises: str) -> NotebookNode:
    """The student version with the master's solutions of `exercises`, or of all."""
    notebook, master = read("release", topic), solution_cells(read("source", topic))
    for name, cell in solution_cells(notebook).items():
        if not exercises or name in exercises:
            cell.source = master[name].source
    return notebook


def answered(*exercises: str) -> NotebookNode:
    """The student version of 01-convolution with `exercises`, or all, solved, and an answer in words."""
    notebook = solved("convolution", *exercises)
    for cell in notebook.cells:
        cell.source = cell.source.replace("YOUR ANSWER HERE", ANSWER)
    return notebook


def with_code(topic: str, code: str) -> NotebookNode:
    """The student version with `code`, a whole Python file of solutions, in its cells."""
    return fill(read("release", topic), code, find_topic(topic))


def grade_notebook(
    notebook: NotebookNode, topic: Topic, exercises: list[str] | None = None, limits: Limits | None = None
) -> dict[str, ExerciseResult]:
    """Grade some exercises, or all, as nbgrader would, without nbgrader."""
    with open_run(notebook, topic, limits) as run:
        return grade(run, exercises or list(topic.exercises))


def nbgrader(course: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run an nbgrader command in `course`, with nbgrader's own ways in case of a broken configuration."""
    inherited = {name: value for name, value in os.environ.items() if name != STRICT}
    return subprocess.run(
        [sys.executable, "-c", NBGRADER, *arguments],
        cwd=course,
        capture_output=True,
        text=True,
        env={**inherited, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **variables},
        timeout=600,
    )


def make_course(
    folder: Path, *topics: str, settings: str = "", prepare: Callable[[], None] | None = None
) -> Path:
    """A scratch course with the assignments of `topics`; `settings` are added to its configuration.

    prepare: called before the student versions are made.
    """
    if prepare is None:
        shutil.copytree(_generated(topics), folder, dirs_exist_ok=True)
        _configure(folder, settings)
        return folder
    return _generate(folder, topics, settings, prepare)


@functools.cache
def _generated(topics: tuple[str, ...]) -> Path:
    """A course to copy, made once in each process."""
    folder = Path(tempfile.mkdtemp(prefix="course-"))
    atexit.register(shutil.rmtree, folder)
    return _generate(folder, topics)


def _generate(
    folder: Path, topics: tuple[str, ...], settings: str = "", prepare: Callable[[], None] = lambda: None
) -> Path:
    _configure(folder, settings)
    for topic in topics:
        shutil.copytree(ROOT / "source" / TOPICS[topic], folder / "source" / TOPICS[topic])
    prepare()
    for topic in topics:
        done = nbgrader(folder, "generate_assignment", TOPICS[topic])
        assert done.returncode == 0, done.stderr
    return folder


def _configure(folder: Path, settings: str) -> None:
    (folder / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text() + settings)


def hand_in(
    course: Path, student: str, notebook: NotebookNode | str | bytes, topic: str = "convolution"
) -> Path:
    """Put a submission into submitted/; returns its folder."""
    folder = course / "submitted" / student / TOPICS[topic]
    folder.mkdir(parents=True)
    path = folder / f"{topic}.ipynb"
    if isinstance(notebook, bytes):
        path.write_bytes(notebook)
    elif isinstance(notebook, str):
        path.write_text(notebook)
    else:
        path.write_text(nbformat.writes(notebook))
    return folder


@pytest.fixture(scope="session")
def convolution() -> Topic:
    """The topic of 01-convolution."""
    return find_topic("convolution")


def fake_result(topic: str, exercise: str, passed: str = "", **fields: Any) -> dict[str, Any]:
    """A result such as grading leaves: a check for each letter, "+" passed, "-" failed, "0" not attempted."""
    points = CONTRACT[topic][exercise]
    words = {"+": "passed", "-": "failed", "0": "not attempted"}
    checks = [
        {
            "name": f"test_{number}",
            "title": f"Check {number} of `{exercise}`",
            "points": points / len(passed),
            "earned": points / len(passed) if letter == "+" else 0.0,
            "status": words[letter],
            "message": "",
            "mistake": "",
            "mistake_name": "",
            "seconds": 0.25,
            "fault": "",
            "measured": None,
            "threshold": None,
            **(fields if letter == "-" else {}),
        }
        for number, letter in enumerate(passed)
    ]
    score = sum(check["earned"] for check in checks)
    return {"exercise": exercise, "points": float(points), "score": score, "checks": checks}


def put_graded(
    course: Path, student: str, results: list[dict[str, Any]], topic: str = "convolution", **person: str
) -> NotebookNode:
    """What `nbgrader autograde` would leave of a submission with these results, without running anything."""
    notebook, scores = read("release", topic), {f"test_{each['exercise']}": each for each in results}
    for cell in notebook.cells:
        result = scores.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if result is not None:
            data = {"text/plain": str(result["score"])}
            cell.outputs = [nbformat.v4.new_output("execute_result", data, metadata={"grader": result})]
    path = course / "autograded" / student / TOPICS[topic] / f"{topic}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_student(student, **person)
        submission = gradebook.update_or_create_submission(TOPICS[topic], student)
        for grade in submission.notebooks[0].grades:
            grade.auto_score = scores[grade.name]["score"] if grade.name in scores else None
            grade.needs_manual_grade = False
        gradebook.db.commit()
    return notebook


@dataclass
class Done:
    """What became of a command."""

    returncode: int
    stdout: str
    stderr: str


def run_grader(course: Path, *arguments: str) -> Done:
    """Run a `grader` command in `course`, in this process: a new one would load torch each time."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.chdir(course), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as end:  # a message as its code is what Python prints before it exits with 1
            code = end.code if isinstance(end.code, int) else 1
            print(end.code, file=sys.stderr)
    return Done(code, out.getvalue(), err.getvalue())
