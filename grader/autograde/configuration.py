"""What nbgrader_config.py calls: our preprocessors in nbgrader's places."""

from __future__ import annotations

import functools
import warnings
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties, LimitOutput, OverwriteKernelspec, SaveAutoGrades
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from grader.autograde.feedback_page import FeedbackExporter
from grader.autograde.intake import find_unsafe_files
from grader.autograde.preprocessors import GradeNotebook, RepairCells, SubmissionExporter


class SubmissionRefused(Exception):
    """A submission that holds what must not be opened; it gets no points."""


def configure(c: Config) -> None:
    """Make nbgrader, by command or from formgrader, grade with this engine and write its feedback pages."""
    c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
    c.Autograde.exporter_class = SubmissionExporter
    c.Autograde.sanitize_preprocessors = [RepairCells, OverwriteKernelspec]
    c.Autograde.autograde_preprocessors = [GradeNotebook, LimitOutput, SaveAutoGrades, AssignLatePenalties]
    c.GenerateFeedback.exporter_class = FeedbackExporter
    # nbgrader makes SQLAlchemy complain at length about each new student, to no consequence.
    warnings.filterwarnings("ignore", message="Object of type <Submitted", category=SAWarning)
    _refuse_unsafe_files()


def _refuse_unsafe_files() -> None:
    """Look at each submission's files before nbgrader copies them.

    nbgrader has no place for this: it swallows what its pre-convert hook raises, and copying follows
    links and reads devices. So its first step for a submission is wrapped, once.
    """
    original = Autograde.init_destination
    if hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def init_destination(self: Autograde, assignment_id: str, student_id: str) -> bool:
        unsafe = find_unsafe_files(Path(self._format_source(assignment_id, student_id)))
        if unsafe:
            message = (
                f"The submission of '{student_id}' for {assignment_id} is refused and gets no points. "
                f"It holds {', '.join(unsafe[:5])}. Ask for ordinary files."
            )
            self.log.error(message)
            _record_nothing(self, assignment_id, student_id)
            raise SubmissionRefused(message)
        return original(self, assignment_id, student_id)

    Autograde.init_destination = init_destination


def _record_nothing(converter: Any, assignment_id: str, student_id: str) -> None:
    """No points in the gradebook, whatever an earlier submission earned."""
    with Gradebook(converter.coursedir.db_url, converter.coursedir.course_id) as gradebook:
        gradebook.update_or_create_student(student_id)
        try:
            submission = gradebook.update_or_create_submission(assignment_id, student_id)
        except MissingEntry:
            return  # the assignment was never generated; nbgrader says so itself
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                grade.auto_score = 0
                grade.needs_manual_grade = False
        gradebook.db.commit()
