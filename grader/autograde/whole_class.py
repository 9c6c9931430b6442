"""`grader autograde ASSIGNMENT`: a whole class, graded by many workers and recorded by nbgrader itself.

Workers fill the grade cache; nbgrader's own converter, in this process, takes one submission after the other
through its steps and finds every result there. So the gradebook and the autograded notebooks are what
`nbgrader autograde` leaves. Only the jobs that workers have in hand are kept in memory.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.apps import AutogradeApp
from nbgrader.converters import Autograde, NbGraderException
from nbgrader.utils import rmtree
from sqlalchemy import make_url
from tqdm import tqdm
from traitlets import Any as AnyTrait

from grader.autograde.cache import GradeCache
from grader.autograde.configuration import SubmissionRefused
from grader.autograde.intake import CourseCell, find_unsafe_files, repair
from grader.autograde.job import PACKAGE, Graded, Job, NotGraded, answer
from grader.autograde.preprocessors import GradeNotebook, course_cells, read_anything
from grader.autograde.workers import Workers
from grader.checking.topic import MissingGrader

INTERRUPTED = 130  # exit code, as shells have it for Ctrl-C
LOCKED_SECONDS = 60  # to wait for an SQLite gradebook that somebody else is writing to
DASK_LOGS = ("distributed", "tornado")
MAX_AHEAD = 5000  # submissions whose results wait in the cache for an earlier one


class CannotRun(Exception):
    """The command cannot begin; the message says why and what to do."""


@dataclass
class Summary:
    """What a run came to; `grader autograde --json` prints it.

    recorded: submissions that this run put into the gradebook; unchanged: that were there before.
    jobs: notebooks that workers graded; the results of the others were in the cache.
    not_graded: by student, the reason; refused submissions, which get no points, are among them.
    """

    assignment: str
    submissions: int = 0
    recorded: int = 0
    unchanged: int = 0
    jobs: int = 0
    not_graded: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0; 1 if a submission was not graded; 130 after Ctrl-C."""
        return INTERRUPTED if self.interrupted else int(bool(self.not_graded))


@dataclass
class Feed:
    """Keeps workers busy with the submissions to come, in the order in which nbgrader will want them.

    submissions: by student, the folder and its notebooks.
    cells: the course's cells of each notebook.
    width: how many jobs are handed out at a time.
    fresh: whether to grade anew what the cache knows.
    """

    grading: GradeNotebook
    cache: GradeCache
    executor: Executor
    submissions: dict[str, tuple[Path, list[Path]]]
    cells: dict[str, list[CourseCell]]
    width: Callable[[], int]
    fresh: bool
    jobs: int = 0
    _running: dict[Future[bytes], tuple[str, Job, Graded]] = field(default_factory=dict)
    _open: dict[str, int] = field(default_factory=dict)  # unfinished jobs of the students looked at
    _failed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ahead = deque(self.submissions)

    def wait_for(self, student: str) -> None:
        """Return when the cache has this student's results. Raises NotGraded."""
        while student not in self._open:
            self._look_at_next()
        self._collect()
        self._hand_out(looks=4)  # a few at a time: nbgrader is waiting
        while self._open[student]:
            self._hand_out(looks=1)
            wait(self._running, return_when=FIRST_COMPLETED)
            self._collect()
        del self._open[student]
        if student in self._failed:
            raise NotGraded(self._failed.pop(student))

    def _hand_out(self, looks: int) -> None:
        width = self.width()
        while looks and self._ahead and len(self._running) < width and len(self._open) < MAX_AHEAD:
            handed_out = self.jobs
            self._look_at_next()
            looks -= handed_out == self.jobs

    def _look_at_next(self) -> None:
        """Hand out what has to be graded of the next submission."""
        student = self._ahead.popleft()
        self._open[student] = 0
        for job, known in self._jobs(student):
            left = job.missing(known)
            if left is not None:
                future = self.executor.submit(answer, job.request(left))
                self._running[future] = (student, job, known)
                self._open[student] += 1
                self.jobs += 1

    def _jobs(self, student: str) -> Iterator[tuple[Job, Graded]]:
        """What there is to grade of a submission, and what is known of it; nothing if it will be refused."""
        folder, notebooks = self.submissions[student]
        if find_unsafe_files(folder):
            return
        for path in notebooks:
            if path.stem in self.cells:
                notebook, _, readable = read_anything(path)
                repair(notebook, self.cells[path.stem], keep_answers=readable)
                with contextlib.suppress(MissingGrader):  # GradeNotebook says so in the notebook
                    job = self.grading.job(notebook, path.stem)
                    yield job, Graded() if self.fresh else job.recall(self.cache, again=False)

    def _collect(self) -> None:
        """Put into the cache what workers have finished."""
        for future in [future for future in self._running if future.done()]:
            student, job, known = self._running.pop(future)
            self._open[student] -= 1
            if future.cancelled():
                self._failed[student] = "the scheduler or its workers are gone"
            elif error := future.exception():
                self._failed[student] = f"{type(error).__name__}: {error}".partition("\n")[0]
            else:
                try:
                    graded = job.graded(future.result())
                except NotGraded as error:
                    self._failed[student] = str(error)
                else:
                    job.store(Graded(None if known.cells else graded.cells, graded.results), self.cache)


class _Stopped(BaseException):
    """Ctrl-C between two submissions; nbgrader would take a KeyboardInterrupt for the failure of one."""


class _CtrlC:
    """Ctrl-C ends the run between two submissions, not in the middle of one; pressed twice, at once.

    held: whether a submission is being recorded.
    """

    def __init__(self) -> None:
        self.held = self.wanted = False

    def __enter__(self) -> _CtrlC:
        self._before = signal.signal(signal.SIGINT, self._pressed)
        return self

    def __exit__(self, *exception: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _pressed(self, *_: object) -> None:
        if not self.held:
            raise _Stopped
        if self.wanted:
            raise KeyboardInterrupt
        self.wanted = True

    def release(self) -> None:
        """Nothing is half done any more. Raises _Stopped if Ctrl-C was pressed."""
        self.held = False
        if self.wanted:
            raise _Stopped


class Recorder(Autograde):
    """nbgrader's converter, which waits for the results of each submission before it begins with it."""

    make_feed: Callable[[Any, dict[str, tuple[Path, list[Path]]]], Feed] = AnyTrait()
    marks: Path = AnyTrait()
    summary: Summary = AnyTrait()
    bar: tqdm = AnyTrait()
    ctrl_c: _CtrlC = AnyTrait()

    def convert_notebooks(self) -> None:
        """See nbgrader."""
        everybody = {
            self._student(folder): (Path(folder), sorted(map(Path, self.assignments[folder])))
            for folder in sorted(self.assignments)
        }
        waiting = {student: found for student, found in everybody.items() if not self._is_recorded(student)}
        self.summary.submissions = len(everybody)
        self.summary.unchanged = len(everybody) - len(waiting)
        self.bar.reset(total=len(waiting))
        self._feed = self.make_feed(self.coursedir, waiting)
        self._mark: tuple[Path, int] | None = None
        self._done: set[str] = set()
        self._last_error = ""
        try:
            super().convert_notebooks()
        except NbGraderException:
            pass  # it says that some failed, or that the gradebook did: the summary names them
        finally:
            self._unmark()
            self.summary.jobs = self._feed.jobs
        for student in waiting:
            if student not in self._done and student not in self.summary.not_graded:
                self.summary.not_graded[student] = f"not reached: {self._last_error}"

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """See nbgrader. Called for each submission, before anything is done with it."""
        self._unmark()  # of the one before, if it failed
        self.ctrl_c.release()
        with self._noting(student_id):
            if student_id not in self._feed.submissions:
                return super().init_destination(assignment_id, student_id)
            self._feed.wait_for(student_id)
            self.ctrl_c.held = True
            destination = self._format_dest(assignment_id, student_id)
            if self._begin(student_id) and os.path.exists(destination):
                rmtree(destination)  # half of it, by a run that was killed
            begun = super().init_destination(assignment_id, student_id)
            if not begun:  # another run was quicker
                self._done.add(student_id)
                self.summary.unchanged += 1
                self.bar.update()
            return begun

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """See nbgrader."""
        with self._noting(student_id):
            super().init_assignment(assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """See nbgrader."""
        with self._noting(self._student(os.path.dirname(notebook_filename))):
            super().convert_single_notebook(notebook_filename)

    def set_permissions(self, assignment_id: str, student_id: str) -> None:
        """See nbgrader. Called for each submission, after everything was done with it."""
        super().set_permissions(assignment_id, student_id)
        self._unmark()
        self._done.add(student_id)
        self.summary.recorded += 1
        self.bar.update()
        self.ctrl_c.release()

    def _student(self, folder: str) -> str:
        pattern = self._format_source("(?P<assignment_id>.*)", "(?P<student_id>.*)", escape=True)
        match = re.match(pattern, folder)
        assert match is not None, folder
        return match["student_id"]

    def _is_recorded(self, student: str) -> bool:
        """Whether nbgrader will pass over this submission, as it was recorded before."""
        assignment = self.coursedir.assignment_id
        if student in self.coursedir.student_id_exclude.split(","):
            return True
        source, destination = self._format_source(assignment, student), self._format_dest(assignment, student)
        if self.force or not os.path.exists(destination) or (self.marks / student).exists():
            return False
        if find_unsafe_files(Path(source)):
            return False  # nothing in it is opened
        handed_in, recorded = (Path(folder, "timestamp.txt") for folder in (source, destination))
        # A new timestamp: nbgrader compares the times in them.
        return not handed_in.exists() or (
            recorded.exists() and handed_in.read_bytes() == recorded.read_bytes()
        )

    def _begin(self, student: str) -> bool:
        """Mark the submission as being recorded; returns whether a run that was killed had done so.

        Waits for another run that is recording it at this moment.
        """
        path = self.marks / student
        while True:
            try:
                descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR)
                was_marked = False
            except FileExistsError:
                try:
                    descriptor = os.open(path, os.O_RDWR)
                except FileNotFoundError:
                    continue  # the other run has just removed it
                was_marked = True
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if path.exists() and os.fstat(descriptor).st_ino == path.stat().st_ino:
                self._mark = (path, descriptor)
                return was_marked
            os.close(descriptor)

    def _unmark(self) -> None:
        mark, self._mark = self._mark, None
        if mark is not None:
            path, descriptor = mark
            path.unlink()
            os.close(descriptor)

    @contextlib.contextmanager
    def _noting(self, student: str) -> Iterator[None]:
        """Take down why a submission fails; nbgrader's loop does the rest."""
        try:
            yield
        except Exception as error:
            reason = str(error) if isinstance(error, (NotGraded, SubmissionRefused)) else _in_words(error)
            self._last_error = reason
            if student not in self.summary.not_graded:
                self.summary.not_graded[student] = reason
                self.bar.update()
                if not isinstance(error, SubmissionRefused):  # which is in the log already
                    self.log.error("'%s' is not graded: %s", student, reason)
            raise


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip().partition("\n")[0]


class _Problems(logging.Handler):
    """Prints what this package warns of, a line each, above the progress bar."""

    def __init__(self, summary: Summary, bar: tqdm) -> None:
        super().__init__(logging.WARNING)
        self.summary, self.bar = summary, bar

    def emit(self, record: logging.LogRecord) -> None:
        if record.pathname.startswith(str(PACKAGE)):
            line = record.getMessage().partition("\n")[0]
            self.summary.problems.append(line)
            self.bar.write(line, file=sys.stderr)


class _Details(logging.FileHandler):
    """All of the log, in a file. A full disk ends it, not the run."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            super().close()


def grade_class(
    assignment: str,
    arguments: list[str],
    workers: int,
    device: str | None = None,
    dask: str | None = None,
    fresh: bool = False,
) -> Summary:
    """Grade and record all submissions of an assignment. Raises CannotRun.

    arguments: further options of `nbgrader autograde`, such as --student and --force.
    dask: None for processes on this machine, or a scheduler's address ("" as Dask is configured).
    """
    app = AutogradeApp()
    app.raise_config_file_errors = True
    app.initialize([assignment, *arguments])
    if GradeNotebook not in app.config.Autograde.get("autograde_preprocessors", []):
        raise CannotRun(
            f"{app.coursedir.root} has no nbgrader_config.py that calls grader.autograde.configure: "
            "run this in the course folder"
        )
    app.coursedir.assignment_id = assignment
    _be_patient(app)
    if device is not None:
        app.config.GradeNotebook.device = device
    summary = Summary(assignment)
    start = time.monotonic()
    with contextlib.ExitStack() as stack:
        bar = stack.enter_context(
            tqdm(unit=" submissions", desc=assignment, file=sys.stderr, disable=None, smoothing=0.1)
        )
        app.log.handlers = [_Problems(summary, bar)]
        app.log.propagate = False
        folder = stack.enter_context(_cache_folder(app))
        app.config.GradeNotebook.cache_directory = str(folder)
        app.config.GradeNotebook.use_cache = True
        grading = GradeNotebook(config=app.config, log=app.log)
        limit = 2 * grading.notebook_seconds + 600  # beside the student's time, the graders' own
        executor, width = stack.enter_context(_dask(dask) if dask is not None else _local(workers, limit))
        details = _Details(folder / f"{assignment}.log", mode="w", delay=True)
        details.setLevel(logging.INFO)
        details.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        for log in (app.log, *map(logging.getLogger, DASK_LOGS)):
            log.addHandler(details)
        stack.callback(details.close)
        marks = folder / "recording" / assignment
        marks.mkdir(parents=True, exist_ok=True)
        recorder = Recorder(
            coursedir=app.coursedir,
            parent=app,
            marks=marks,
            summary=summary,
            bar=bar,
            ctrl_c=stack.enter_context(_CtrlC()),
            make_feed=lambda coursedir, waiting: Feed(
                grading,
                grading.cache(folder),
                executor,
                waiting,
                _cells_of(coursedir, assignment, waiting),
                width,
                fresh,
            ),
        )
        try:
            recorder.start()
        except (KeyboardInterrupt, _Stopped):
            summary.interrupted = True
        except NbGraderException as error:
            raise CannotRun(str(error)) from None
    summary.seconds = time.monotonic() - start
    return summary


def _be_patient(app: AutogradeApp) -> None:
    """An SQLite gradebook that is locked for a moment, by formgrader or another run, is no error."""
    url = make_url(app.coursedir.db_url)
    if url.get_backend_name() == "sqlite" and "timeout" not in url.query:
        url = url.update_query_dict({"timeout": str(LOCKED_SECONDS)})
        app.coursedir.db_url = url.render_as_string(hide_password=False)


def _cells_of(coursedir: Any, assignment: str, waiting: dict) -> dict[str, list[CourseCell]]:
    """The course's cells of every notebook that was handed in and is one of the course's."""
    cells = {}
    for name in {path.stem for _, notebooks in waiting.values() for path in notebooks}:
        with contextlib.suppress(MissingEntry):  # nbgrader says so itself
            cells[name] = course_cells(coursedir, assignment, name)
    return cells


@contextlib.contextmanager
def _cache_folder(app: AutogradeApp) -> Iterator[Path]:
    """The grade cache's folder; one for this run alone if the cache is off or cannot be written to."""
    grading = GradeNotebook(config=app.config, log=app.log)
    folder = Path(app.coursedir.root, grading.cache_directory)
    if grading.use_cache:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            app.log.warning(
                "grade cache: %s cannot be used (%s); this run does without", folder, error.strerror
            )
        else:
            yield folder
            return
    with tempfile.TemporaryDirectory(prefix="grader-cache-") as temporary:
        yield Path(temporary)


@contextlib.contextmanager
def _local(count: int, seconds: float) -> Iterator[tuple[Executor, Callable[[], int]]]:
    workers = Workers(count, seconds)
    try:
        yield workers, lambda: 2 * count
    finally:
        workers.shutdown()


@contextlib.contextmanager
def _dask(address: str) -> Iterator[tuple[Executor, Callable[[], int]]]:
    try:
        from distributed import Client
    except ImportError:
        raise CannotRun("Dask is not installed: pip install 'grader[dask]'") from None
    try:
        client = Client(address or None)
    except OSError as error:
        raise CannotRun(f"there is no Dask scheduler at {address}: {error}") from None
    for log in map(logging.getLogger, DASK_LOGS):  # what matters of it is said otherwise
        log.handlers, log.propagate = [], False
    with client:
        yield client.get_executor(pure=False), lambda: max(2, 2 * sum(client.nthreads().values()))
