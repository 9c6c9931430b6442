"""What tests of whole classes share: a small course, runs of `grader autograde`, gradebooks as plain data."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from conftest import ROOT, hand_in, make_course, solution_cells, solved
from nbgrader.api import Gradebook
from sqlalchemy import inspect

TOPIC, ASSIGNMENT = "convolution", "01-convolution"

LIMITS = """
c.GradeNotebook.cell_seconds = 10
c.GradeNotebook.check_seconds = 4
c.AssignLatePenalties.plugin_class = "late.Penalty"
"""
LATE = """from nbgrader.plugins import BasePlugin
class Penalty(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1.5
"""


def quick(number: int = 0) -> nbformat.NotebookNode:
    """A submission with one exercise done; different numbers have different cells."""
    notebook = solved(TOPIC, "conv_output_size")
    solution_cells(notebook)["conv_output_size"].source += f"\n# {number}"
    return notebook


def wrong() -> nbformat.NotebookNode:
    notebook = solved(TOPIC, "conv_output_size")
    solution_cells(notebook)[
        "conv_output_size"
    ].source = "def conv_output_size(size, kernel, stride=1, padding=0):\n    return size - kernel + 1\n"
    return notebook


def mixed_class(course: Path) -> None:
    """Good, wrong, malformed, refused, late and marked submissions."""
    hand_in(course, "ada", quick())
    hand_in(course, "ben", wrong())
    hand_in(course, "cut", nbformat.writes(quick())[:5000])
    hand_in(course, "empty", "")
    folder = hand_in(course, "late", quick(1))
    (folder / "timestamp.txt").write_text("2026-03-02 10:00:00 UTC")
    (folder / "notes.txt").write_text("a file of the student's")
    folder = hand_in(course, "link", quick())
    os.symlink("/etc/hostname", folder / "notes.txt")
    answered = quick(2)
    by_id(answered, "explain_convolution").source = "Weights are shared."
    hand_in(course, "marked", answered)
    missing = quick(3)
    missing.cells = [cell for cell in missing.cells if "explain" not in str(cell.metadata)][2:]
    hand_in(course, "torn", missing)
    folder = hand_in(course, "unknown", quick())
    (folder / f"{TOPIC}.ipynb").rename(folder / "Untitled.ipynb")


def by_id(notebook: nbformat.NotebookNode, grade_id: str) -> nbformat.NotebookNode:
    return next(
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def new_course(folder: Path, url: str | None = None) -> Path:
    """A course with 01-convolution, a due date and a penalty for what comes after it.

    url: of the gradebook, SQLite in the course folder by default.
    """
    folder.mkdir()
    settings = f"{LIMITS}c.CourseDirectory.db_url = {url!r}\n" if url else LIMITS
    # What is made beforehand for all tests is in an SQLite gradebook.
    make_course(folder, TOPIC, settings=settings, prepare=(lambda: None) if url else None)
    (folder / "late.py").write_text(LATE)
    with Gradebook(url) if url else gradebook(folder) as book:
        book.update_or_create_assignment(ASSIGNMENT, duedate="2026-03-01 10:00:00 UTC")
    return folder


def copy_course(course: Path, target: Path) -> Path:
    shutil.copytree(course, target, symlinks=True)
    return target


def gradebook(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "grader", "autograde", ASSIGNMENT, "--json", *arguments]


def start(
    course: Path, *arguments: str, wrapper: Sequence[str] = (), **variables: str
) -> subprocess.Popen[str]:
    """`grader autograde`, running."""
    path = variables.pop("PACKAGE", str(ROOT))
    return subprocess.Popen(
        [*wrapper, *command(*arguments)],
        cwd=course,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path, **variables},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # which background jobs ignore
    )


@dataclass
class Done:
    returncode: int
    summary: dict[str, Any]
    said: str


def finish(process: subprocess.Popen[str], seconds: float = 600) -> Done:
    out, said = process.communicate(timeout=seconds)
    assert "Traceback" not in said, said
    return Done(process.returncode, json.loads(out) if out.strip() else {}, said)


def grade(course: Path, *arguments: str, **variables: str) -> Done:
    """`grader autograde`, to its end."""
    return finish(start(course, *arguments, **variables))


def children(pid: int) -> list[int]:
    """The processes that this one has started and that still run."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text().split()]


def grades(course: Path, url: str | None = None) -> dict[str, Any]:
    """All that the gradebook says about submissions, as plain data without the rows' own ids."""
    told: dict[str, Any] = {}
    with Gradebook(url) if url else gradebook(course) as book:
        for submission in book.assignment_submissions(ASSIGNMENT):
            notebooks = {
                notebook.name: {
                    **_columns(notebook),
                    "score": notebook.score,
                    "grades": {grade.name: _columns(grade) for grade in notebook.grades},
                    "comments": {comment.name: _columns(comment) for comment in notebook.comments},
                }
                for notebook in submission.notebooks
            }
            told[submission.student.id] = {
                **_columns(submission),
                **_columns(submission.student),
                "late": submission.total_seconds_late,
                "score": submission.score,
                "notebooks": notebooks,
            }
    return told


def _columns(row: Any) -> dict[str, Any]:
    return {
        column.key: getattr(row, column.key)
        for column in inspect(row).mapper.column_attrs
        if column.key != "id" and not column.key.endswith("_id")
    }


def files(course: Path) -> dict[str, tuple[int, bytes]]:
    """All autograded files: mode and content, without the times that cells and checks took."""
    found = {}
    for path in sorted((course / "autograded").rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".ipynb":
                content = re.sub(rb'"20\d\d-\d\d-\d\dT[\d:.]+Z"', b'"TIME"', content)
                content = re.sub(rb'"seconds": [\d.]+', b'"seconds": 0', content)
            found[str(path.relative_to(course))] = (path.stat().st_mode, content)
    return found


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """The process, ended for certain when the test is over."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()
