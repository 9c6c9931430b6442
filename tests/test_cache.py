"""The grade cache by itself: what makes a key, and what an entry survives."""

from __future__ import annotations

import ast
import logging
import os
import shutil
import subprocess
import sys
import time

import pytest
from conftest import ROOT, TOPICS, read, solution_cells, solved

from grader.autograde import job as jobs
from grader.autograde.cache import DAY, GradeCache, digest
from grader.autograde.job import Graded, Job
from grader.checking.plugin import CheckResult
from grader.checking.run import ExerciseResult
from grader.checking.topic import find_topic
from grader.kernel.faults import Limits

KEY, OTHER = digest("one"), digest("another")


@pytest.fixture
def cache(tmp_path) -> GradeCache:
    return GradeCache(tmp_path / "cache", logging.getLogger("test_cache"))


def put(cache: GradeCache, key: str = KEY, value=("some", 1.5, None), **options) -> bool:
    return cache.put(key, "convolution/conv2d", "made", value, **options)


def file_of(cache: GradeCache):
    (entry,) = cache.entries()
    return entry.path


def test_what_is_put_comes_back(cache):
    assert cache.get(KEY) is None
    assert put(cache)
    assert cache.get(KEY) == ["some", 1.5, None]
    assert cache.get(OTHER) is None
    assert put(cache, value="\ud800 and\0 more")  # what a student may print
    assert cache.get(KEY) == "\ud800 and\0 more"


def test_some_entries_are_read_once(cache):
    put(cache, once=True)
    assert cache.get(KEY, again=False) is None
    assert cache.get(KEY) is not None
    assert cache.get(KEY) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content.replace(b"1.5", b"2.5"),
        lambda content: content[:64],
        lambda content: b"\xff" * len(content),
    ],
    ids=["emptied", "cut", "changed", "without body", "overwritten"],
)
def test_a_damaged_entry_is_dropped(cache, damage, caplog):
    put(cache)
    path = file_of(cache)
    path.write_bytes(damage(path.read_bytes()))
    assert cache.get(KEY) is None
    assert not path.exists()
    assert [record.getMessage() for record in caplog.records] == [
        f"grade cache: {path.name} is damaged; it is removed and computed anew"
    ]


def test_an_entry_under_another_name_is_dropped(cache):
    put(cache)
    put(cache, OTHER, "other")
    shutil.copy(cache._path(OTHER), cache._path(KEY))
    assert cache.get(KEY) is None
    assert cache.get(OTHER) == "other"


def test_a_writer_that_was_killed_leaves_nothing_to_read(cache):
    put(cache)
    left = file_of(cache).with_name("left.part")
    left.write_bytes(b"half")
    assert [entry.path for entry in cache.entries()] == [file_of(cache)]
    assert left.exists()  # it may be somebody's who is writing now
    os.utime(left, (0, 0))
    list(cache.entries())
    assert not left.exists()


def test_a_folder_that_cannot_be_written_to_costs_a_line(cache, caplog):
    cache.folder.write_text("a file where the folder should be")
    assert not put(cache)
    assert cache.get(KEY) is None
    assert "nothing can be stored" in caplog.text


def test_a_full_disk_leaves_no_half_entry(cache):
    """With a limit on file sizes in place of the disk's."""
    code = f"""
import logging, resource, sys
from pathlib import Path
from grader.autograde.cache import GradeCache
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
cache = GradeCache(Path({str(cache.folder)!r}), logging.getLogger())
assert cache.put({OTHER!r}, "x", "made", "short")
assert not cache.put({KEY!r}, "x", "made", "x" * 5000)
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    assert [path.name for path in cache.folder.rglob("*") if path.is_file()] == [file_of(cache).name]
    assert cache.get(OTHER) == "short"


def test_many_writers_and_readers(cache):
    """Three processes write the same few entries while this one reads them."""
    code = f"""
import logging
from pathlib import Path
from grader.autograde.cache import GradeCache, digest
cache = GradeCache(Path({str(cache.folder)!r}), logging.getLogger())
for turn in range(300):
    assert cache.put(digest(turn % 5), "x", "made", [turn % 5] * 5000)
"""
    writers = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) for _ in range(3)]
    seen = 0
    while any(writer.poll() is None for writer in writers):
        for number in range(5):
            value = cache.get(digest(number))
            assert value in (None, [number] * 5000)
            seen += value is not None
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert seen
    assert len(list(cache.entries())) == 5


@pytest.mark.parametrize("years", [-50, 50])
def test_a_wrong_clock_changes_nothing(cache, years):
    when = time.time() + years * 365 * DAY
    put(cache)
    os.utime(file_of(cache), (when, when))
    assert cache.get(KEY) is not None
    (entry,) = cache.entries()
    assert abs(entry.used - time.time()) < DAY


# What makes a key


def job(notebook=None, limits=None, device="cpu", topic="convolution") -> Job:
    return Job.of(notebook or solved(topic), find_topic(topic), limits or Limits(), device)


def keys(job: Job) -> dict[str, str]:
    return {"cells": job.cells_key, **{name: job.exercise_key(name) for name in job.exercises}}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def test_the_same_submission_has_the_same_keys():
    assert changed(keys(job()), keys(job())) == set()
    assert len(set(keys(job()).values())) == 6


def test_what_is_not_run_does_not_matter():
    notebook = solved("convolution")
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source += " more words"
        elif cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = "raise SystemExit"
        cell.metadata.tags = []
    assert changed(keys(job()), keys(job(notebook))) == set()


def test_every_cell_that_is_run_matters():
    """A student's cells share one process: pooling may lean on anything."""
    notebook = solved("convolution")
    solution_cells(notebook)["conv2d"].source += "\n"
    assert changed(keys(job()), keys(job(notebook))) == set(keys(job()))


def test_limits_and_device_matter():
    every = set(keys(job()))
    assert changed(keys(job()), keys(job(limits=Limits(check_seconds=9)))) == every
    on_a_gpu = keys(job(device="cuda", topic="lstm"))
    assert changed(keys(job(device="cpu", topic="lstm")), on_a_gpu) == set(on_a_gpu) - {"cells"}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of this package, to be changed; `digests` of it for a topic."""
    jobs._snapshot_at_start()  # of what this process has loaded, not of the copy
    copy = tmp_path / "grader"
    shutil.copytree(ROOT / "grader", copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(jobs, "PACKAGE", copy)
    monkeypatch.setattr(jobs, "CALIBRATION", copy / "exercises" / "calibration.json")
    jobs._made_with.cache_clear()
    yield copy
    jobs._made_with.cache_clear()


def digests(topic: str) -> dict[str, str]:
    jobs._made_with.cache_clear()
    names = find_topic(topic).exercises
    return {"cells": jobs.made_with(topic), **{name: jobs.made_with(topic, name) for name in names}}


@pytest.mark.parametrize(
    ("file", "affected"),
    [
        ("exercises/cnn/test_fit.py", {"fit"}),
        ("exercises/cnn/mistakes.py", {"exercises"}),
        ("exercises/cnn/cases.py", {"exercises"}),
        ("exercises/shapes.py", {"exercises"}),
        ("exercises/rnn/cases.py", set()),
        ("exercises/capstone/test_fit.py", set()),
        ("checking/expect.py", {"exercises", "cells"}),
        ("kernel/session.py", {"exercises", "cells"}),
        ("autograde/intake.py", set()),  # what it does shows in the cells
        ("measure/cost.py", set()),
    ],
)
def test_graders_and_engine_matter_where_they_are_used(package, file, affected):
    before = digests("cnn")
    path = package / file
    path.write_text(path.read_text() + "\n# changed\n")
    every = set(find_topic("cnn").exercises) if "exercises" in affected else set()
    assert changed(before, digests("cnn")) == (affected - {"exercises"}) | every


def test_a_new_threshold_matters_to_its_exercise(package):
    before = digests("cnn")
    path = package / "exercises" / "calibration.json"
    path.write_text(path.read_text().replace('"threshold": 0.', '"threshold": 0.0'))
    assert changed(before, digests("cnn")) == {"fit"}


def test_packages_matter(monkeypatch):
    before = digests("rnn")
    monkeypatch.setattr(jobs, "_environment", lambda: ["3.99", "numpy==0.1"])
    assert changed(before, digests("rnn")) == set(before)
    jobs._made_with.cache_clear()


@pytest.mark.parametrize("topic", TOPICS)
def test_graders_depend_on_their_own_topic_only(topic):
    """Or keys would have to know more files."""
    for path in (ROOT / "grader" / "exercises" / topic).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                if name.startswith("grader."):
                    assert name.startswith(
                        (
                            "grader.checking",
                            "grader.kernel",
                            "grader.exercises.shapes",
                            f"grader.exercises.{topic}",
                        )
                    ), f"{path.name} imports {name}"
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "threshold":
                assert node.args[0].value.startswith(f"{topic}/"), path.name


def test_a_graders_own_fault_is_not_kept(cache):
    def graded(status):
        check = CheckResult("pooling", "test_x", "A title", 3.0, status)
        return Graded([], {"pooling": ExerciseResult("pooling", [check])})

    it = job(solved("convolution"))
    it.store(graded("error"), cache)
    assert it.recall(cache).results["pooling"].errors
    assert it.recall(cache).results == {}
    it.store(graded("failed"), cache)
    assert it.recall(cache).results == it.recall(cache).results == graded("failed").results


def test_nothing_is_stored_once_the_graders_have_changed(cache, package, monkeypatch):
    it = job()
    before = jobs._snapshot()
    monkeypatch.setattr(jobs, "_snapshot_at_start", lambda: before)
    (package / "exercises" / "convolution" / "test_pooling.py").write_text("")
    it.store(Graded([], {}), cache)
    assert list(cache.entries()) == []


def test_a_job_crosses_the_wire_unchanged():
    it = job(read("release", "convolution"))
    reply = jobs.answer(it.request(["pooling"]))
    graded = it.graded(reply)
    assert list(graded.results) == ["pooling"]
    assert not graded.results["pooling"].attempted
    assert len(graded.cells) == len(it.executed)


def test_a_worker_with_other_graders_grades_nothing(monkeypatch):
    request = job().request(["pooling"])
    monkeypatch.setattr(jobs, "made_with", lambda *_: "something else")
    with pytest.raises(jobs.NotGraded, match="has other graders, another engine or other packages"):
        job().graded(jobs.answer(request))
