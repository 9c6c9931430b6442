"""The steps of `nbgrader autograde` that are ours: reading, repairing and grading a notebook."""

from __future__ import annotations

import dataclasses
import functools
import html
from pathlib import Path
from typing import Any

import nbformat
from bleach import ALLOWED_TAGS
from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from traitlets import Bool, Enum, Float, Int, Unicode

from grader.autograde.cache import GradeCache
from grader.autograde.intake import CourseCell, UnreadableNotebook, add_note, read_notebook, repair
from grader.autograde.job import Job, grade_job
from grader.checking import feedback
from grader.checking.device import DEVICES
from grader.checking.run import ExerciseResult, GradingError
from grader.checking.submission import cells_to_run, is_test, master_cells
from grader.checking.topic import MissingGrader, find_topic
from grader.kernel.faults import Limits

Resources = dict[str, Any]

_RICH = ("text/html", "text/markdown")
_TAGS = "br details div h1 h2 h3 h4 hr p pre span sub summary sup table tbody td tfoot th thead tr".split()
_without_hidden_tests = ClearHiddenTests()
_sanitize = SanitizeHTML(enabled=True, tags=[*ALLOWED_TAGS, *_TAGS])
MAX_RICH_TEXT = 100_000  # characters of a notebook's HTML; the sanitizer's time grows with their square


class SubmissionExporter(NotebookExporter):
    """Reads a submission's notebook, whatever is in the file, and takes it through nbgrader's steps.

    It leaves out nbconvert's copies and validations between the steps: the notebook is ours from the start.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._course_cells: dict[tuple[str, str], list[CourseCell]] = {}

    def from_filename(
        self, filename: str, resources: Resources | None = None, **_: Any
    ) -> tuple[str, Resources]:
        """See nbconvert. A file that is no notebook becomes one without the student's cells."""
        resources = self._init_resources(resources or {})
        path = Path(filename)
        resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
        notebook, problems, readable = read_anything(path)
        resources["grader"] = {"problems": problems, "readable": readable}
        for step in self._preprocessors:
            notebook, resources = step(notebook, resources)
        nbformat.validate(notebook)
        return nbformat.v4.writes(notebook) + "\n", resources

    def course_cells(self, assignment: str, notebook: str) -> list[CourseCell]:
        """The course's cells, which do not change while a command runs. Raises MissingEntry."""
        key = (assignment, notebook)
        if key not in self._course_cells:
            self._course_cells[key] = course_cells(self.parent.coursedir, *key)
        return self._course_cells[key]


class RepairCells(NbGraderPreprocessor):
    """Puts the course's cells back into their places, so that nbgrader finds what it expects.

    Stands for OverwriteCells, DeduplicateIds and CheckCellMetadata: afterwards their conditions hold.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """See nbconvert."""
        ours = resources["nbgrader"]
        readable, problems = resources["grader"]["readable"], list(resources["grader"]["problems"])
        cells = self.parent.course_cells(ours["assignment"], ours["notebook"])
        repairs = repair(nb, cells, keep_answers=readable)
        if readable:
            problems += repairs
        for problem in problems:
            self.log.warning("%s of '%s': %s", ours["notebook"], ours["student"], problem)
        add_note(nb, problems)
        return nb, resources


def read_anything(path: Path) -> tuple[NotebookNode, list[str], bool]:
    """The notebook in a file, what was odd, and whether it could be read; an empty one if it could not."""
    try:
        return *read_notebook(path), True
    except UnreadableNotebook as error:
        problem = f"{path.name} could not be read, so nothing in it was graded: {error}"
        return nbformat.v4.new_notebook(), [problem], False


def course_cells(coursedir: CourseDirectory, assignment: str, notebook: str) -> list[CourseCell]:
    """The course's cells of a notebook, in the master's order. Raises MissingEntry."""
    order = _grade_ids(coursedir, assignment, notebook)
    with Gradebook(coursedir.db_url) as gradebook:
        entry = gradebook.find_notebook(notebook, assignment)
        points = {cell.name: cell.max_score for cell in entry.grade_cells}
        solutions = {cell.name for cell in entry.solution_cells}
        cells = [
            CourseCell(
                grade_id=cell.name,
                cell_type=cell.cell_type,
                source=cell.source,
                checksum=cell.checksum,
                grade=cell.name in points,
                solution=cell.name in solutions,
                locked=cell.locked,
                points=points.get(cell.name),
            )
            for cell in entry.source_cells
        ]
    return sorted(cells, key=lambda cell: order.get(cell.grade_id, len(order)))


def _grade_ids(coursedir: CourseDirectory, assignment: str, notebook: str) -> dict[str, int]:
    """The place of each grade id in the master notebook; the gradebook does not know it."""
    path = Path(coursedir.format_path(coursedir.source_directory, ".", assignment), f"{notebook}.ipynb")
    return _places(path, path.stat().st_mtime_ns) if path.is_file() else {}


@functools.lru_cache(maxsize=8)
def _places(path: Path, _: int) -> dict[str, int]:
    cells = nbformat.read(path, as_version=4).cells
    ids = (cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells)
    return {grade_id: place for place, grade_id in enumerate(ids) if grade_id}


class GradeNotebook(NbGraderPreprocessor):
    """Runs the student's cells in a process of their own and the graders in this one.

    Stands where nbgrader executes notebooks. Each test cell gets one output, written here: the score,
    and a table of the checks for the student.
    """

    notebook_seconds = Float(600, help="Wall-clock seconds for one notebook, cells and checks together").tag(
        config=True
    )
    cell_seconds = Float(60, help="Wall-clock seconds for one cell").tag(config=True)
    check_seconds = Float(10, help="Wall-clock seconds of student code in one check").tag(config=True)
    cpu_seconds = Int(600, help="CPU seconds of one of the student's processes").tag(config=True)
    memory_bytes = Int(4 * 2**30, help="Memory that the student's processes may allocate").tag(config=True)
    processes = Int(128, help="Processes and threads that the student may have at a time").tag(config=True)
    scratch_bytes = Int(256 * 2**20, help="Bytes of the files that the student's cells write").tag(
        config=True
    )
    device = Enum(DEVICES, "auto", help="Where training checks run; auto: on a GPU if there is one").tag(
        config=True
    )
    output_bytes = Int(5 * 2**20, help="Bytes of output that are kept of one notebook").tag(config=True)
    use_cache = Bool(True, help="Whether results are used again while nothing changes").tag(config=True)
    cache_directory = Unicode(".grader-cache", help="The grade cache, in the course folder").tag(config=True)
    unsafe_no_sandbox = Bool(
        False, help="Run student code without a sandbox: it can read and change all that you can"
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """See nbconvert."""
        name = resources["nbgrader"]["notebook"]
        self._who = f"{name} of '{resources['nbgrader']['student']}'"
        tests = {
            cell.metadata.nbgrader.grade_id.removeprefix("test_"): cell for cell in nb.cells if is_test(cell)
        }
        try:
            job = self.job(nb, name)
        except MissingGrader as error:
            self.log.error("%s gets no points: %s", self._who, error)
            for cell in tests.values():
                _write_error(cell, f"No points: {error}. This is not your fault; tell your instructor.")
            return nb, resources
        if self.unsafe_no_sandbox:
            self.log.warning("%s is graded WITHOUT A SANDBOX (unsafe_no_sandbox)", self._who)
        cache = self.cache(Path(self.parent.parent.coursedir.root)) if self.use_cache else None
        graded = grade_job(job, cache)
        executed = cells_to_run(nb, job.topic)
        for index, shown in zip(executed, graded.cells or [], strict=True):
            cell = nb.cells[index]
            cell.outputs = nbformat.from_dict(shown["outputs"])
            cell.execution_count = shown["execution_count"]
            if shown["execution"] is not None:
                cell.metadata.execution = nbformat.from_dict(shown["execution"])
        for cell in tests.values():
            _without_hidden_tests.preprocess_cell(cell, {}, 0)  # nothing secret, but no use to students
        _make_harmless(nb, {cell.source for cell in master_cells(job.topic)})
        for exercise, cell in tests.items():
            self._write_result(cell, f"{name}/{exercise}", graded.results[exercise])
        return nb, resources

    def job(self, notebook: NotebookNode, name: str) -> Job:
        """What there is to grade in a repaired notebook. Raises MissingGrader."""
        return Job.of(notebook, find_topic(name), self._limits(), self.device, not self.unsafe_no_sandbox)

    def cache(self, course: Path) -> GradeCache:
        """The grade cache of the course in that folder."""
        return GradeCache(course / self.cache_directory, self.log)

    def _limits(self) -> Limits:
        return Limits(**{field.name: getattr(self, field.name) for field in dataclasses.fields(Limits)})

    def _write_result(self, cell: NotebookNode, exercise: str, result: ExerciseResult) -> None:
        if result.points != float(cell.metadata.nbgrader.points):
            raise GradingError(
                f"the checks of {exercise} add up to {result.points:g} points, "
                f"its test cell is worth {cell.metadata.nbgrader.points:g}"
            )
        for check in result.errors:
            self.log.error(
                "%s, %s: the grader failed, no points for '%s':\n%s",
                self._who,
                exercise,
                check.title,
                check.detail,
            )
        table = feedback.to_html(exercise, result)
        if self.unsafe_no_sandbox:
            table += feedback.to_note("Graded without a sandbox: these points can have been forged.")
        data = {"text/plain": str(float(result.score)), "text/html": table}
        cell.outputs = [nbformat.v4.new_output("execute_result", data, metadata={"grader": result.to_dict()})]


def _make_harmless(notebook: NotebookNode, known: set[str]) -> None:
    """Take scripts, styles and foreign images out of what a student wrote or displayed.

    Instructors open it in a browser. The course's own text (`known`) stays as it is; what goes beyond
    MAX_RICH_TEXT is shown as plain text.
    """
    left = MAX_RICH_TEXT
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown = [output for output in cell.outputs if "data" in output]
            for output in shown:  # nbconvert makes attributes of an image's metadata
                output.metadata = NotebookNode()
            bundles = [output.data for output in shown]
            left -= sum(len(str(bundle.get(kind, ""))) for bundle in bundles for kind in _RICH)
            if left < 0:
                for bundle in bundles:
                    for kind in _RICH:
                        bundle.pop(kind, None)
        elif cell.source in known:
            continue
        else:
            left -= len(cell.source)
            if left < 0:
                cell.source = html.escape(cell.source)
                continue
        _sanitize.preprocess_cell(cell, {}, 0)


def _write_error(cell: NotebookNode, message: str) -> None:
    cell.outputs = [
        nbformat.v4.new_output("error", ename="GradingError", evalue=message, traceback=[message])
    ]
