"""`grader bench`: this engine beside plain nbgrader, and beside the student's own functions."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from grader.checking.topic import Topic, find_topic
from grader.measure.cost import measure
from grader.measure.whole_class import made_up_course, run

BATCH = 5  # submissions that one engine grades before it is another's turn
NO_CACHE = "\nc.GradeNotebook.use_cache = False\n"
ENGINES = {
    "plain nbgrader, graders in the student's kernel": (None, {"GRADER_IN_PROCESS": "1"}),
    "this engine": (NO_CACHE, {}),
    "this engine without the sandbox": (NO_CACHE + "c.GradeNotebook.unsafe_no_sandbox = True\n", {}),
}


@dataclass
class Spent:
    """Seconds of wall-clock and of CPU time."""

    wall: float = 0.0
    cpu: float = 0.0


def print_engines(names: Collection[str], size: int) -> None:
    """Grade a class of each topic with every engine, by turns, on one core; print a table in Markdown."""
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
    spent = {engine: Spent() for engine in ENGINES}
    for start in range(0, size, BATCH):
        for number, (engine, (settings, variables)) in enumerate(ENGINES.items()):
            place = folder / f"{start}-{number}"
            course = made_up_course(place, min(BATCH, size - start), topic, settings)
            wall, cpu = time.perf_counter(), _children()
            run(course, "nbgrader", "autograde", topic.assignment, **variables)
            spent[engine].wall += time.perf_counter() - wall
            spent[engine].cpu += _children() - cpu
    return spent


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
