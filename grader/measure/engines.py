"""`grader bench`: this engine beside plain nbgrader, otter-grader and the student's own functions.

All run the same graders on the same submissions; plain nbgrader and otter-grader in the student's kernel.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import tempfile
import time
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from grader.checking.topic import Topic, find_topic
from grader.measure.cost import measure
from grader.measure.whole_class import made_up_course, run

BATCH = 60  # submissions that one engine grades, in one command, before it is another's turn
IN_PROCESS = {"GRADER_IN_PROCESS": "1"}
NO_CACHE = "\nc.GradeNotebook.use_cache = False\n"
ENGINES = {
    "plain nbgrader, graders in the student's kernel": (None, IN_PROCESS),
    "this engine": (NO_CACHE, {}),
    "this engine without the sandbox": (NO_CACHE + "c.GradeNotebook.unsafe_no_sandbox = True\n", {}),
}
OTTER = "otter-grader's `otter run`, graders in the student's kernel"


OTTER_TEST = """
from otter.test_files import test_case

OK_FORMAT = False
name = "{exercise}"
points = 1


@test_case(hidden=True)
def test_exercise():
    from grader import check

    assert check("{topic}/{exercise}") > 0
"""


@dataclass
class Spent:
    """Seconds of wall-clock and of CPU time."""

    wall: float = 0.0
    cpu: float = 0.0


def print_engines(names: Collection[str], size: int) -> None:
    """Grade a class of each topic with every engine, by turns, on one core; print a table in Markdown."""
    if importlib.util.find_spec("otter") is None:
        print("otter-grader is left out: pip install 'grader[bench]' adds it\n")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print("| assignment | engine | s each | CPU s each | × faster than plain |")
    print("|---|---|---:|---:|---:|")
    for name in names:
        topic = find_topic(name)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            spent = _by_turns(topic, size, Path(folder))
        plain = next(iter(spent.values()))
        for engine, each in spent.items():
            figures = f"{each.wall / size:.2f} | {each.cpu / size:.2f} | {plain.wall / each.wall:.1f}"
            print(f"| {topic.assignment} | {engine} | {figures} |", flush=True)
        floor = measure(topic, 1)
        print(f"| {topic.assignment} | the student's own functions, called directly | | {floor.bare:.2f} | |")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\nThe largest process had {peak:.0f} MiB. {BATCH} submissions share the start of a command.")


def _by_turns(topic: Topic, size: int, folder: Path) -> dict[str, Spent]:
    otter = [] if importlib.util.find_spec("otter") is None else [OTTER]
    spent = {engine: Spent() for engine in (*ENGINES, *otter)}
    for start in range(0, size, BATCH):
        for number, engine in enumerate(spent):
            settings, variables = ENGINES.get(engine, (None, IN_PROCESS))
            place = folder / f"{start}-{number}"
            course = made_up_course(place, min(BATCH, size - start), topic, settings)
            wall, cpu = time.perf_counter(), _children()
            if engine == OTTER:
                _run_otter(course, topic)
            else:
                run(course, "nbgrader", "autograde", topic.assignment, **variables)
            spent[engine].wall += time.perf_counter() - wall
            spent[engine].cpu += _children() - cpu
    return spent


def _run_otter(course: Path, topic: Topic) -> None:
    """Grade each submission by `otter run`. Raises ValueError if it did not come to points."""
    archive = course / "autograder.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("otter_config.json", "{}")
        for exercise in topic.exercises:
            file.writestr(f"tests/{exercise}.py", OTTER_TEST.format(topic=topic.name, exercise=exercise))
    for notebook in sorted((course / "submitted").rglob("*.ipynb")):
        arguments = ("--autograder", str(archive), "--output-dir", str(course), "--no-logo")
        run(course, "otter", "run", str(notebook), *arguments, **IN_PROCESS)
        results = json.loads((course / "results.json").read_text())["tests"]
        if sum(test.get("score", 0) for test in results) == 0:
            raise ValueError(f"otter-grader gave no points: {results}")


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
