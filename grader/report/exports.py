"""Grades for other systems: `nbgrader export` for Canvas and Moodle, and Gradescope's results.json.

    nbgrader export --exporter=grader.report.exports.CanvasExporter --to canvas.csv
    nbgrader export --exporter=grader.report.exports.MoodleExporter --to moodle.csv

Both know nbgrader's own --assignment and --student; --CanvasExporter.per_exercise=True (or Moodle's) gives a
column to each exercise instead of each assignment. Who has not submitted has an empty cell, which both
systems take for "no grade", not for 0.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import nbformat
from nbformat.reader import NotJSONError
from nbgrader.api import Gradebook, MissingEntry, Student, SubmittedAssignment
from nbgrader.plugins import ExportPlugin
from traitlets import Bool

from grader.report import ReportError
from grader.report.results import read_exercises

#: Where a spreadsheet sees a formula: at the start of a cell, or behind what its locale has as a separator.
_FORMULA = re.compile(r"(^|[,;|\t])(\s*)(?=[=+\-@\uff0b\uff0d\uff1d\uff20])")


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe stands before each that might begin one."""
    return _FORMULA.sub(r"\1\2'", re.sub(r"[\r\n\t\x00]+", " ", text))


class GradesExporter(ExportPlugin):
    """What the two have in common: students × assignments, or × exercises."""

    per_exercise = Bool(False, help="A column for each exercise instead of each assignment").tag(config=True)
    default_name = "grades.csv"

    def export(self, gradebook: Gradebook) -> None:
        """Write the file named by --to. Raises ReportError for an unknown assignment or student."""
        students = _chosen("student", self.student, {each.id: each for each in gradebook.students})
        known = {each.name: each for each in gradebook.assignments}
        columns: list[tuple[str, float]] = []
        cells: dict[str, list[float | str]] = {each.id: [] for each in students}
        for assignment in _chosen("assignment", self.assignment, known):
            submissions: dict[str, SubmittedAssignment] = {}
            for student in students:
                try:
                    submissions[student.id] = gradebook.find_submission(assignment.name, student.id)
                except MissingEntry:
                    continue
            unmarked = sum(submission.needs_manual_grade for submission in submissions.values())
            if unmarked:
                self.log.warning(
                    "%s: %d submissions wait for marks by hand, which count 0 so far",
                    assignment.name,
                    unmarked,
                )
            parts = self._columns(assignment)
            columns += parts.items()
            for student in students:
                submission = submissions.get(student.id)
                scores = self._scores(submission) if submission else {}
                cells[student.id] += [scores.get(name, "") for name in parts]
        path = Path(self.to or self.default_name)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            for row in self.table(students, columns, cells):
                writer.writerow([harmless(cell) if isinstance(cell, str) else f"{cell:.10g}" for cell in row])
        self.log.info("Wrote %d students × %d columns to %s", len(students), len(columns), path)

    def table(
        self, students: list[Student], columns: list[tuple[str, float]], cells: dict[str, list[float | str]]
    ) -> list[list[float | str]]:
        """The rows of the file; columns: name and most points. Defined by subclasses."""
        raise NotImplementedError

    def _columns(self, assignment: Any) -> dict[str, float]:
        """Name and most points of the assignment's columns."""
        if not self.per_exercise:
            return {assignment.name: assignment.max_score}
        grade_cells = [cell for notebook in assignment.notebooks for cell in notebook.grade_cells]
        columns = {_column(assignment.name, cell.name): cell.max_score for cell in grade_cells}
        if any(submission.late_submission_penalty for submission in assignment.submissions):
            columns[f"{assignment.name}: late penalty"] = 0.0
        return columns

    def _scores(self, submission: SubmittedAssignment) -> dict[str, float]:
        name, penalty = submission.name, submission.late_submission_penalty
        if not self.per_exercise:
            return {name: max(0.0, submission.score - penalty)}
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        scores = {_column(name, grade.name): grade.score for grade in grades}
        return {**scores, f"{name}: late penalty": 0.0 - min(penalty, submission.score)}


def _column(assignment: str, grade_id: str) -> str:
    return f"{assignment}: {grade_id.removeprefix('test_')}"


def _chosen(what: str, names: list[str], known: dict[str, Any]) -> list[Any]:
    """Those that were asked for, or all. Raises ReportError for one that does not exist."""
    unknown = ", ".join(repr(str(name)) for name in names if str(name) not in known)
    if unknown:
        raise ReportError(f"no {what} in the gradebook is called {unknown}")
    return [known[str(name)] for name in names] if names else list(known.values())


class CanvasExporter(GradesExporter):
    """For Canvas: Grades, Import. Students are found by `lms_user_id` of the gradebook, else by login."""

    default_name = "canvas.csv"

    def table(
        self, students: list[Student], columns: list[tuple[str, float]], cells: dict[str, list[float | str]]
    ) -> list[list[float | str]]:
        """See `GradesExporter`."""
        header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *(name for name, _ in columns)]
        possible = ["    Points Possible", "", "", "", "", *(points for _, points in columns)]
        rows = [
            [
                ", ".join(filter(None, (each.last_name, each.first_name))) or each.id,
                each.lms_user_id or "",
                "",
                each.id,
                "",
                *cells[each.id],
            ]
            for each in students
        ]
        return [header, possible, *rows]


class MoodleExporter(GradesExporter):
    """For Moodle: Grades, Import, CSV file; map "Username", "ID number" or "Email address" to the user."""

    default_name = "moodle.csv"

    def table(
        self, students: list[Student], columns: list[tuple[str, float]], cells: dict[str, list[float | str]]
    ) -> list[list[float | str]]:
        """See `GradesExporter`."""
        header = ["First name", "Last name", "Username", "ID number", "Email address"]
        rows = [
            [
                each.first_name or "",
                each.last_name or "",
                each.id,
                each.lms_user_id or "",
                each.email or "",
                *cells[each.id],
            ]
            for each in students
        ]
        return [[*header, *(name for name, _ in columns)], *rows]


def gradescope_results(path: Path) -> dict[str, Any]:
    """An autograded notebook's results in the form of Gradescope's results.json; text only, no HTML.

    What is marked by hand is not in it. Raises ReportError.
    """
    try:
        exercises = read_exercises(nbformat.read(path, as_version=4)).values()
    except FileNotFoundError:
        raise ReportError(f"there is no file {path}") from None
    except (NotJSONError, nbformat.ValidationError, UnicodeDecodeError, IsADirectoryError):
        raise ReportError(f"{path} is not a notebook") from None
    if not exercises:
        raise ReportError(f"{path} has no results: it takes a notebook from the folder autograded/")
    tests = [
        {
            "name": f"{exercise.name}: {check['title']}",
            "score": check["earned"],
            "max_score": check["points"],
            "status": "passed" if check["status"] == "passed" else "failed",
            "output": "\n".join(filter(None, (check["message"], check["mistake"]))),
            "output_format": "text",
        }
        for exercise in exercises
        for check in exercise.checks
    ]
    return {"score": sum(exercise.score for exercise in exercises), "output_format": "text", "tests": tests}
