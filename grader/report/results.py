"""What grading left behind: the gradebook's scores, and each check's result in the autograded notebooks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGrader
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from grader.autograde.intake import NOTE
from grader.checking.submission import is_test
from grader.report import ReportError


class Course(NbGrader):
    """nbgrader's settings of the course in the current folder."""

    name = "grader"

    @staticmethod
    def here() -> CourseDirectory:
        """The course whose nbgrader_config.py is in the current folder. Raises ReportError."""
        if not Path("nbgrader_config.py").is_file():
            raise ReportError("there is no nbgrader_config.py here; run this in the course's folder")
        course = Course()
        course.initialize([])
        return course.coursedir


@dataclass(frozen=True)
class Exercise:
    """An exercise's result: its checks as `ExerciseResult.to_dict` wrote them."""

    name: str
    points: float
    score: float
    checks: list[dict[str, Any]]

    @property
    def attempted(self) -> bool:
        return any(check["status"] != "not attempted" for check in self.checks)

    @property
    def seconds(self) -> float | None:
        """Wall-clock seconds of all checks; None where grading did not record them."""
        seconds = [check.get("seconds") for check in self.checks]
        return None if None in seconds else sum(seconds)


@dataclass
class Submission:
    """One student's submission.

    number: formgrader's "Submission #…"; None if there is no autograded notebook.
    score: all points, those given by hand included, minus late penalties.
    unmarked: grade ids that wait for a human's mark.
    exercises: by name; empty if grading left no results.
    path: of the autograded notebook. note: what was odd about the file, in Markdown.
    """

    student: str
    first_name: str
    last_name: str
    email: str
    number: int | None
    score: float
    unmarked: list[str]
    path: Path
    exercises: dict[str, Exercise] = field(default_factory=dict)
    note: str = ""

    @property
    def attempted(self) -> bool:
        return any(exercise.attempted for exercise in self.exercises.values())

    @property
    def auto_score(self) -> float:
        return sum(exercise.score for exercise in self.exercises.values())


@dataclass(frozen=True)
class ClassResults:
    """An assignment's submissions, in the order of their numbers."""

    assignment: str
    topic: str
    max_score: float
    points: dict[str, float]  # of each exercise, in the notebook's order
    submissions: list[Submission]


def load_results(coursedir: CourseDirectory, assignment: str) -> ClassResults:
    """Everything that is known about an assignment's submissions. Raises ReportError."""
    with open_gradebook(coursedir) as gradebook:
        entry = find_assignment(gradebook, assignment)
        if len(entry.notebooks) != 1:
            raise ReportError(f"{assignment} has {len(entry.notebooks)} notebooks; one is expected")
        topic = entry.notebooks[0].name
        points = {
            cell.name.removeprefix("test_"): cell.max_score
            for cell in entry.notebooks[0].grade_cells
            if cell.cell_type == "code"
        }
        submissions = [
            Submission(
                student=each.student.id,
                first_name=each.student.first_name or "",
                last_name=each.student.last_name or "",
                email=each.student.email or "",
                number=None,
                score=max(0.0, each.score - each.late_submission_penalty),
                unmarked=[
                    grade.name
                    for notebook in each.notebooks
                    for grade in notebook.grades
                    if grade.needs_manual_grade
                ],
                path=autograded(coursedir, each.student.id, assignment, topic),
            )
            for each in gradebook.assignment_submissions(assignment)
        ]
        numbers = _numbers(coursedir, gradebook, assignment, topic)
        max_score = entry.max_score
    for submission in submissions:
        submission.number = numbers.get(submission.student)
        if submission.path.is_file():
            notebook = nbformat.read(submission.path, as_version=4)
            submission.exercises = read_exercises(notebook)
            submission.note = _note(notebook)
    if not any(submission.exercises for submission in submissions):
        raise ReportError(
            f"no results of {assignment} yet: run `nbgrader autograde {assignment}` with the course's "
            "nbgrader_config.py first"
        )
    submissions.sort(key=lambda each: (each.number is None, each.number, each.student))
    order = next(each.exercises for each in submissions if each.exercises)
    points = {name: points[name] for name in [*order, *points] if name in points}
    return ClassResults(assignment, topic, max_score, points, submissions)


@contextlib.contextmanager
def open_gradebook(coursedir: CourseDirectory) -> Iterator[Gradebook]:
    """The course's gradebook. Raises ReportError rather than make an empty one."""
    file = coursedir.db_url.removeprefix("sqlite:///")
    if file != coursedir.db_url and not Path(file).is_file():
        raise ReportError("there is no gradebook yet: run `nbgrader generate_assignment` first")
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        yield gradebook


def find_assignment(gradebook: Gradebook, assignment: str) -> Any:
    """The gradebook's entry. Raises ReportError."""
    try:
        return gradebook.find_assignment(assignment)
    except MissingEntry:
        known = ", ".join(each.name for each in gradebook.assignments) or "none"
        raise ReportError(f"no assignment is called {assignment!r}; the gradebook has {known}") from None


def autograded(coursedir: CourseDirectory, student: str, assignment: str, topic: str) -> Path:
    """Where nbgrader puts the graded notebook."""
    folder = coursedir.format_path(coursedir.autograded_directory, student, assignment)
    return Path(folder, f"{topic}.ipynb")


def _numbers(coursedir: CourseDirectory, gradebook: Gradebook, assignment: str, topic: str) -> dict[str, int]:
    """By student, the number that formgrader shows; only of those with an autograded notebook."""
    indices = NbGraderAPI(coursedir).get_notebook_submission_indices(assignment, topic)
    entries = gradebook.notebook_submissions(topic, assignment)
    return {entry.student.id: indices[entry.id] + 1 for entry in entries if entry.id in indices}


def read_exercises(notebook: NotebookNode) -> dict[str, Exercise]:
    """The results that grading wrote into a notebook's test cells, by exercise.

    Only there: a student's own cells may show outputs that look like results.
    """
    exercises = {}
    for cell in notebook.cells:
        if not is_test(cell):
            continue
        for output in cell.outputs:
            result = output.get("metadata", {}).get("grader")
            if result:
                fields = (result[name] for name in ("exercise", "points", "score", "checks"))
                exercises[result["exercise"]] = Exercise(*fields)
    return exercises


def _note(notebook: NotebookNode) -> str:
    first = notebook.cells[0].source if notebook.cells else ""
    return first.partition("\n\n")[2] if first.startswith(f"**{NOTE}**") else ""
