"""`grader bench-class`: what grading a whole class costs, with made-up classes of 01-convolution.

Every figure is wall-clock time of a real command in a scratch course, from start to end. The simulation
of larger clusters is made of these figures.
"""

from __future__ import annotations

import copy
import heapq
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from grader.autograde.job import PACKAGE
from grader.checking.submission import master_notebook
from grader.checking.topic import Topic, find_topic

TOPIC, ASSIGNMENT, CHANGED = "convolution", "01-convolution", "test_pooling.py"
STOCK = 8  # submissions that plain nbgrader is measured with


@dataclass(frozen=True)
class Timing:
    """One command: seconds, what it said, and the largest resident memory of its processes, in MiB."""

    seconds: float
    summary: dict[str, Any]
    main_memory: float
    worker_memory: float


def print_benchmark(sizes: Sequence[int], workers: Sequence[int]) -> None:
    """Measure, and print tables in Markdown."""
    with tempfile.TemporaryDirectory(prefix="bench-class-") as temporary:
        folder = Path(temporary)
        stock = _stock(folder / "stock")
        print(f"Plain `nbgrader autograde`, one after the other: {stock:.2f} s a submission.\n")
        print("| submissions | workers | seconds | s each | × plain | memory: main | memory: a worker |")
        print("|---|---|---|---|---|---|---|")
        for size in sizes:
            for count in workers if size == sizes[-1] else workers[-1:]:
                course = _course(folder / f"{size}-{count}", size)
                first = _autograde(course, "--workers", str(count))
                assert first.summary["recorded"] == size, first.summary
                each = first.seconds / size
                print(
                    f"| {size} | {count} | {first.seconds:.0f} | {each:.2f} | {stock / each:.0f} "
                    f"| {first.main_memory:.0f} MiB | {first.worker_memory:.0f} MiB |",
                    flush=True,
                )
        again = _autograde(course)
        record = _autograde(course, "--force")
        change = _autograde(course, "--force", package=_changed_package(folder / "package"))
        print(f"\nThen, with {size} submissions:\n\n| command | seconds | s each |\n|---|---|---|")
        for what, timing in (
            ("the same again: nothing to do", again),
            ("`--force`: everything is recorded again, nothing is graded", record),
            ("one grader changed, `--force`: one exercise is graded again", change),
        ):
            print(f"| {what} | {timing.seconds:.1f} | {timing.seconds / size:.3f} |")
        recording = (record.seconds - again.seconds) / size
        job = max(workers) * max(first.seconds - again.seconds, 0.0) / size
        print(f"\nRecording, start of the command left out: {1000 * recording:.0f} ms a submission.\n")
        print_simulation(100_000, job, recording)


def print_simulation(submissions: int, job: float, recording: float) -> None:
    """How long a class takes on many workers, from the seconds of a job and of a record."""
    print(
        f"{submissions:,} submissions of {job:.2f} s, {1000 * recording:.0f} ms to record each, simulated:\n"
    )
    print("| workers | 1 recorder: hours | workers busy | 8 recorders: hours | workers busy |")
    print("|---|---|---|---|---|")
    for workers in (2, 8, 32, 128, 512):
        cells = []
        for recorders in (1, 8):
            if workers < recorders:
                cells.append("| – | – ")
                continue
            # Each has its own share of students and of workers; all write to one PostgreSQL.
            seconds = simulate(submissions // recorders, workers // recorders, job, recording)
            cells.append(f"| {seconds / 3600:.2f} | {min(job * submissions / workers / seconds, 1):.0%} ")
        print(f"| {workers} {''.join(cells)}|")


def simulate(submissions: int, workers: int, job: float, recording: float, seed: int = 0) -> float:
    """Seconds until the last of `submissions` is recorded, in order, by one process.

    Jobs take `job` seconds on average, exponentially distributed: most are short, some are long. The recorder
    hands out jobs between two records, at most two for each worker at a time, as `grader autograde` does.
    """
    draw = random.Random(seed)
    free = [0.0] * workers  # when each worker will be free
    done: list[float] = []  # when each submission's job will be done
    running: list[float] = []
    now = 0.0
    for student in range(submissions):
        while True:
            while running and running[0] <= now:
                heapq.heappop(running)
            while len(done) < submissions and len(running) < 2 * workers and len(done) - student < 5000:
                end = max(heapq.heappop(free), now) + draw.expovariate(1 / job)
                heapq.heappush(free, end)
                heapq.heappush(running, end)
                done.append(end)
            if done[student] <= now:
                break
            now = running[0]  # wait for the next result
        now += recording
    return now


def _submission(number: int, topic: Topic) -> nbformat.NotebookNode:
    """The master's solutions, all different; most students leave one exercise out."""
    notebook = copy.deepcopy(master_notebook(topic))
    exercises = list(topic.exercises)
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and meta.get("solution"):
            left_out = exercises.index(meta["grade_id"]) == number % (len(exercises) + 1)
            code = cell.source.replace("### BEGIN SOLUTION", "").replace("### END SOLUTION", "")
            cell.source = f"# {number}\n" + ("raise NotImplementedError" if left_out else code)
    return notebook


def made_up_course(folder: Path, size: int, topic: Topic, settings: str | None = "") -> Path:
    """A course with one assignment and `size` submissions; `settings` join its configuration, None: none."""
    folder.mkdir()
    root, assignment = PACKAGE.parent, topic.assignment
    shutil.copytree(root / "source" / assignment, folder / "source" / assignment)
    if settings is not None:
        (folder / "nbgrader_config.py").write_text((root / "nbgrader_config.py").read_text() + settings)
    run(folder, "nbgrader", "generate_assignment", assignment)
    for number in range(size):
        target = folder / "submitted" / f"student-{number:06}" / assignment
        target.mkdir(parents=True)
        nbformat.write(_submission(number, topic), target / f"{topic.name}.ipynb")
    return folder


def _course(folder: Path, size: int, configured: bool = True) -> Path:
    return made_up_course(folder, size, find_topic(TOPIC), "" if configured else None)


def _stock(folder: Path) -> float:
    """Seconds that plain nbgrader takes for a submission, graders in the student's own process."""
    course = _course(folder, STOCK, configured=False)
    start = time.monotonic()
    run(course, "nbgrader", "autograde", ASSIGNMENT, GRADER_IN_PROCESS="1")
    return (time.monotonic() - start) / STOCK


def _changed_package(folder: Path) -> Path:
    """A copy of this package with one changed grader."""
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PACKAGE.parent / "source" / ASSIGNMENT, folder / "source" / ASSIGNMENT)
    with open(folder / PACKAGE.name / "exercises" / TOPIC / CHANGED, "a") as file:
        file.write("\n# changed\n")
    return folder


def _environment(**variables: str) -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "PATH": path, **variables}


def run(course: Path, *command: str, **variables: str) -> None:
    """Run a module's command in a course, with more environment variables. Raises CalledProcessError."""
    subprocess.run(
        [sys.executable, "-m", *command],
        cwd=course,
        env=_environment(**variables),
        check=True,
        capture_output=True,
    )


def _autograde(course: Path, *arguments: str, package: Path | None = None) -> Timing:
    """Run `grader autograde` and watch its memory."""
    start = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "grader", "autograde", ASSIGNMENT, "--json", *arguments],
        cwd=course,
        env=_environment(PYTHONPATH=str(package or PACKAGE.parent)),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        main = worker = 0.0
        while True:
            main = max(main, _memory(process.pid))
            worker = max([worker, *map(_memory, _children(process.pid))])
            try:
                out, _ = process.communicate(timeout=1)
            except subprocess.TimeoutExpired:
                continue
            return Timing(time.monotonic() - start, json.loads(out), main, worker)


def _memory(pid: int) -> float:
    """The largest resident memory of a process so far, in MiB; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return max((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), default=0.0)


def _children(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").glob("*/children"))
        return [int(child) for thread in threads for child in thread.read_text().split()]
    except OSError:
        return []
