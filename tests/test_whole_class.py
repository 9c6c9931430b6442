"""`grader autograde`: the same as `nbgrader autograde`, only sooner, and whatever happens on the way."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, hand_in, nbgrader, read
from crowd import (
    ASSIGNMENT,
    TOPIC,
    children,
    copy_course,
    ended,
    files,
    finish,
    grade,
    gradebook,
    grades,
    mixed_class,
    new_course,
    quick,
    start,
)

from grader.autograde.job import NotGraded, answer
from grader.autograde.whole_class import _CtrlC, _Stopped
from grader.autograde.workers import Workers


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Path:
    return new_course(tmp_path_factory.mktemp("course") / "course")


@pytest.fixture(scope="module")
def stock(empty, tmp_path_factory) -> Path:
    """The mixed class, graded by `nbgrader autograde`, without a cache."""
    course = copy_course(empty, tmp_path_factory.mktemp("stock") / "course")
    mixed_class(course)
    (course / "nbgrader_config.py").write_text(
        (course / "nbgrader_config.py").read_text() + "c.GradeNotebook.use_cache = False\n"
    )
    done = nbgrader(course, "autograde", ASSIGNMENT)
    assert done.returncode != 0  # for the refused one and the unknown one
    mark(course)
    return course


@pytest.fixture(scope="module")
def parallel(empty, tmp_path_factory) -> Path:
    """The same by `grader autograde`."""
    course = copy_course(empty, tmp_path_factory.mktemp("parallel") / "course")
    mixed_class(course)
    done = grade(course, "--workers", "2")
    assert done.returncode == 1
    assert done.summary["recorded"] == 7
    assert set(done.summary["not_graded"]) == {"link", "unknown"}
    assert "notes.txt (a symbolic link)" in done.summary["not_graded"]["link"]
    assert any("cut" in line and "not valid JSON" in line for line in done.said.splitlines())
    mark(course)
    return course


def mark(course: Path) -> None:
    """An instructor's marks, which a later run has to leave alone."""
    with gradebook(course) as book:
        grade = book.find_grade("explain_convolution", TOPIC, ASSIGNMENT, "marked")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 2, 0.5, False
        test = book.find_grade("test_pooling", TOPIC, ASSIGNMENT, "marked")
        test.manual_score = 1
        comment = book.find_comment("conv2d", TOPIC, ASSIGNMENT, "marked")
        comment.manual_comment = "See me."
        book.db.commit()


def test_field_by_field(stock, parallel):
    assert grades(parallel) == grades(stock)
    told = grades(parallel)
    assert told["late"]["notebooks"][TOPIC]["late_submission_penalty"] == 1.5
    assert told["ada"]["score"] == 2
    assert told["link"]["score"] == 0


def test_autograded_files_are_the_same(stock, parallel):
    assert files(parallel) == files(stock)
    assert len(files(parallel)) == 9


def test_a_rerun_runs_no_student_code(stock, parallel, tmp_path):
    course = copy_course(parallel, tmp_path / "course")
    done = grade(course)
    assert (done.summary["recorded"], done.summary["unchanged"], done.summary["jobs"]) == (0, 7, 0)
    # No engine: whoever tries to run anything fails.
    with open(course / "nbgrader_config.py", "a") as file:
        file.write("import grader.autograde.job as job\njob.perform = None\n")
    done = grade(course, "--force")
    assert (done.summary["recorded"], done.summary["jobs"]) == (7, 0)
    again = nbgrader(stock, "autograde", ASSIGNMENT, "--force")
    assert "Removing existing" in again.stderr
    assert grades(course) == grades(stock)
    assert grades(course)["marked"]["notebooks"][TOPIC]["grades"]["test_pooling"]["needs_manual_grade"]
    assert files(course) == files(stock)


def test_nbgrader_reads_the_cache(parallel, tmp_path):
    course = copy_course(parallel, tmp_path / "course")
    with open(course / "nbgrader_config.py", "a") as file:
        file.write("import grader.autograde.job as job\njob.perform = None\n")
    nbgrader(course, "autograde", ASSIGNMENT, "--force")
    assert files(course) == files(parallel)


@pytest.mark.slow
def test_another_grader_means_one_exercise(parallel, tmp_path):
    course = copy_course(parallel, tmp_path / "course")
    package = tmp_path / "package"
    shutil.copytree(ROOT / "grader", package / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "source", package / "source")
    path = package / "grader" / "exercises" / TOPIC / "test_conv_output_size.py"
    path.write_text(path.read_text() + "\n# changed\n")
    before = {path.name for path in (course / ".grader-cache").glob("??/*")}
    done = grade(course, "--force", PACKAGE=str(package))
    assert (done.summary["recorded"], done.summary["jobs"]) == (7, 7)
    new = [path for path in (course / ".grader-cache").glob("??/*") if path.name not in before]
    assert new
    assert all(b'"what": "convolution/conv_output_size"' in path.read_bytes() for path in new)


def test_only_one_student(parallel, tmp_path):
    course = copy_course(parallel, tmp_path / "course")
    done = grade(course, "--student", "ada", "--fresh")
    assert done.returncode == 0
    assert (done.summary["submissions"], done.summary["recorded"], done.summary["jobs"]) == (1, 1, 1)


@pytest.mark.slow
def test_a_new_submission_is_graded(parallel, tmp_path):
    course = copy_course(parallel, tmp_path / "course")
    folder = course / "submitted" / "late" / ASSIGNMENT
    (folder / "timestamp.txt").write_text("2026-03-02 11:00:00 UTC")
    nbformat.write(read("release", TOPIC), folder / f"{TOPIC}.ipynb")
    done = grade(course)
    assert (done.summary["recorded"], done.summary["unchanged"]) == (1, 6)
    assert grades(course)["late"]["score"] == 0


@pytest.mark.slow
def test_damaged_entries_are_computed_again(parallel, tmp_path):
    course = copy_course(parallel, tmp_path / "course")
    entries = sorted((course / ".grader-cache").glob("??/*"))
    for path in entries[::3]:
        path.write_bytes(path.read_bytes()[:-10])
    done = grade(course, "--force")
    assert done.summary["recorded"] == 7
    assert sum("is damaged" in line for line in done.said.splitlines()) == len(entries[::3])
    assert files(course) == files(parallel)


@pytest.mark.slow
def test_without_a_cache(parallel, tmp_path):
    course = copy_course(parallel, tmp_path / "course")
    shutil.rmtree(course / ".grader-cache")
    (course / ".grader-cache").write_text("a file where the folder should be")
    done = grade(course, "--force", "--student", "ada")
    assert "cannot be used (File exists); this run does without" in done.said
    assert (done.returncode, done.summary["recorded"], done.summary["jobs"]) == (0, 1, 1)
    assert files(course) == files(parallel)


@pytest.mark.slow
def test_what_stops_the_command_is_said_in_a_line(empty, tmp_path):
    done = grade(empty)
    assert done.returncode == 2
    assert "No notebooks were matched" in done.said
    (tmp_path / "elsewhere").mkdir()
    done = grade(tmp_path / "elsewhere")
    assert done.returncode == 2
    assert "run this in the course folder" in done.said
    assert "Traceback" not in done.said


@pytest.mark.slow
def test_the_cache_command(parallel, tmp_path):
    course = copy_course(parallel, tmp_path / "course")
    count = len(list((course / ".grader-cache").glob("??/*")))

    def run(*arguments):
        done = subprocess.run(
            [os.sys.executable, "-m", "grader", "cache", *arguments],
            cwd=course,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "convolution/conv2d" in run()
    assert f"0 entries removed, {count} kept" in run("prune")
    assert f"{count} entries removed, 0 kept" in run("prune", "--all")


# Faults


@pytest.fixture(scope="module")
def undisturbed(empty, tmp_path_factory) -> Path:
    """Eight submissions, not yet graded, in `course`, and graded without disturbance in `graded`."""
    folder = tmp_path_factory.mktemp("undisturbed")
    course = copy_course(empty, folder / "course")
    for number in range(8):
        hand_in(course, f"s{number}", quick(number))
    graded = copy_course(course, folder / "graded")
    done = grade(graded)
    assert (done.returncode, done.summary["recorded"]) == (0, 8)
    return folder


@pytest.fixture
def course(undisturbed, tmp_path) -> Path:
    return copy_course(undisturbed / "course", tmp_path / "course")


def until(condition, process: subprocess.Popen, seconds: float = 300) -> None:
    """Wait for the run to get somewhere."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        os.sched_yield()


def recorded(course: Path) -> int:
    """How many submissions are in the gradebook for good: nbgrader makes their files read-only at last."""
    return sum(not path.stat().st_mode & 0o200 for path in course.glob("autograded/*/*/*.ipynb"))


def stored(course: Path) -> int:
    return len(list((course / ".grader-cache").glob("??/*.json")))


def same(course: Path, undisturbed: Path) -> None:
    assert grades(course) == grades(undisturbed / "graded")
    assert files(course) == files(undisturbed / "graded")
    assert list((course / ".grader-cache" / "recording" / ASSIGNMENT).iterdir()) == []


def test_a_worker_is_killed(course, undisturbed):
    with ended(start(course, "--workers", "2")) as process:
        until(lambda: stored(course) >= 6, process)
        os.kill(children(process.pid)[0], signal.SIGKILL)
        done = finish(process)
    assert (done.returncode, done.summary["recorded"]) == (0, 8)
    same(course, undisturbed)


def test_a_job_that_ends_two_workers_is_given_up():
    workers = Workers(1, seconds=100)
    try:
        poison, fine = workers.submit(answer, b"not a job"), workers.submit(answer, b'{"topic": "none"}')
        with pytest.raises(NotGraded, match="two workers ended over it"):
            poison.result(timeout=300)
        assert b"MissingGrader" in fine.result(timeout=300)
    finally:
        workers.shutdown()
    assert workers.processes == []


def test_ctrl_c(course, undisturbed):
    with ended(start(course)) as process:
        until(lambda: recorded(course) >= 2, process)
        workers = children(process.pid)
        assert workers
        process.send_signal(signal.SIGINT)
        done = finish(process)
    assert done.returncode == 130
    assert done.summary["interrupted"]
    assert 2 <= done.summary["recorded"] < 8
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    again = grade(course)
    assert (again.returncode, again.summary["recorded"]) == (0, 8 - done.summary["recorded"])
    same(course, undisturbed)


def test_ctrl_c_waits_for_what_is_half_done():
    with _CtrlC() as ctrl_c:
        with pytest.raises(_Stopped):
            signal.raise_signal(signal.SIGINT)
        ctrl_c.held = True
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(_Stopped):
            ctrl_c.release()
        ctrl_c.held = True
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.slow
def test_the_run_itself_is_killed(course, undisturbed):
    """In the middle of a submission, of which nbgrader has then written one half."""
    with ended(start(course)) as process:
        until(lambda: recorded(course) >= 1 and _half_recorded(course), process)
        process.kill()
        process.wait()
    before = recorded(course)
    again = grade(course)
    assert again.returncode == 0
    assert again.summary["recorded"] + before >= 8
    same(course, undisturbed)


def _half_recorded(course: Path) -> bool:
    return any((course / ".grader-cache" / "recording" / ASSIGNMENT).glob("*"))


@pytest.mark.slow
def test_two_runs_at_once(course, undisturbed):
    with ended(start(course, "--workers", "1")) as one, ended(start(course, "--workers", "1")) as other:
        first, second = finish(one), finish(other)
    assert (first.returncode, second.returncode) == (0, 0), first.said + second.said
    assert first.summary["recorded"] + second.summary["recorded"] == 8
    same(course, undisturbed)


@pytest.mark.slow
def test_the_gradebook_is_locked_for_a_while(course, undisturbed):
    with ended(start(course)) as process:
        until(lambda: recorded(course) >= 1, process)
        lock = sqlite3.connect(course / "gradebook.db", timeout=60, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        release = threading.Timer(7, lock.interrupt)  # longer than SQLite itself would wait
        release.start()
        release.join()
        lock.rollback()
        lock.close()
        done = finish(process)
    assert (done.returncode, done.summary["recorded"]) == (0, 8)
    same(course, undisturbed)


@pytest.mark.slow
def test_the_gradebook_goes_away(course, undisturbed):
    database, aside = course / "gradebook.db", course / "aside.db"
    with ended(start(course)) as process:
        until(lambda: recorded(course) >= 1, process)
        database.rename(aside)
        database.mkdir()
        done = finish(process)
    database.rmdir()
    aside.rename(database)
    assert done.returncode == 1
    assert done.summary["recorded"] + len(done.summary["not_graded"]) == 8
    assert all("unable to open database file" in reason for reason in done.summary["not_graded"].values())
    again = grade(course)
    assert (again.returncode, again.summary["recorded"]) == (0, 8 - done.summary["recorded"])
    same(course, undisturbed)


@pytest.mark.slow
def test_the_disk_is_full(course, undisturbed):
    """The cache's disk: what cannot be kept is graded where nbgrader records it."""
    (course / ".grader-cache").mkdir(exist_ok=True)
    mount = "mount -t tmpfs -o size=64k tmpfs .grader-cache"
    wrapper = ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh"]
    if subprocess.run([*wrapper, "true"], cwd=course, capture_output=True).returncode:
        pytest.skip("a small disk takes root")
    done = finish(start(course, wrapper=wrapper))
    assert done.returncode == 0, done.said
    assert "No space left on device" in done.said
    assert grades(course) == grades(undisturbed / "graded")
    assert files(course) == files(undisturbed / "graded")


@pytest.mark.slow
def test_a_thousand_with_malformed_ones(empty, tmp_path):
    course = copy_course(empty, tmp_path / "course")
    text = nbformat.writes(quick())
    for number in range(1000):
        hand_in(course, f"s{number:04}", text[: 100 * number] if number % 20 == 7 else text)
    done = grade(course)
    assert (done.returncode, done.summary["recorded"]) == (0, 1000), done.said
    scores = {student: told["score"] for student, told in grades(course).items()}
    assert scores == {f"s{n:04}": 0 if n % 20 == 7 and 100 * n < len(text) else 2 for n in range(1000)}
    assert len(done.summary["problems"]) == sum(score == 0 for score in scores.values())
