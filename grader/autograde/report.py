"""What `grader autograde` and `grader cache` print."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

from nbgrader.apps import AutogradeApp

from grader.autograde.cache import DAY, Entry
from grader.autograde.job import made_with
from grader.autograde.preprocessors import GradeNotebook
from grader.autograde.whole_class import CannotRun, Summary, grade_class


def autograde(options: argparse.Namespace) -> int:
    """Run `grader autograde`; returns the exit code."""
    arguments = [*options.others, *(["--force"] if options.force or options.fresh else [])]
    if options.student:
        arguments.append(f"--student={options.student}")
    workers = options.workers or len(os.sched_getaffinity(0))
    try:
        summary = grade_class(
            options.assignment, arguments, workers, options.device, options.dask, options.fresh
        )
    except CannotRun as error:
        print(f"grader autograde: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({**asdict(summary), "exit_code": summary.exit_code}, indent=1))
    else:
        print(in_words(summary), file=sys.stderr)
    return summary.exit_code


def in_words(summary: Summary) -> str:
    """A summary as people read it."""
    lines = [
        f"{summary.assignment}: {summary.recorded} of {summary.submissions} submissions recorded in "
        f"{summary.seconds:.0f} s, {summary.jobs} graded anew; {summary.unchanged} were recorded before."
    ]
    if summary.not_graded:
        lines.append(f"Not graded: {len(summary.not_graded)}")
        lines += [f"  {student}: {reason}" for student, reason in summary.not_graded.items()]
    if summary.interrupted:
        lines.append("Interrupted. The gradebook is in order; the same command goes on from here.")
    return "\n".join(lines)


def show_cache(options: argparse.Namespace) -> None:
    """Run `grader cache`: a table of what is stored, or remove what is of no use."""
    app = AutogradeApp()
    app.initialize([])
    cache = GradeNotebook(config=app.config, log=app.log).cache(Path(app.coursedir.root))
    groups: dict[str, list[Entry]] = defaultdict(list)
    removed = 0
    for entry in cache.entries():
        unused = options.days is not None and time.time() - entry.used > options.days * DAY
        if options.action == "prune" and (options.all or unused or is_outdated(entry)):
            entry.path.unlink(missing_ok=True)
            removed += 1
        else:
            groups[entry.what].append(entry)
    if options.action == "prune":
        print(f"{removed} entries removed, {sum(map(len, groups.values()))} kept in {cache.folder}")
        return
    print(f"{cache.folder}\n{'':<40}{'entries':>9}{'outdated':>10}{'MiB':>9}")
    for what in sorted(groups):
        entries = groups[what]
        outdated = sum(map(is_outdated, entries))
        size = sum(entry.size for entry in entries) / 2**20
        print(f"{what:<40}{len(entries):>9}{outdated:>10}{size:>9.1f}")


def is_outdated(entry: Entry) -> bool:
    """Whether other graders, another engine or other packages made the entry than those that are here now."""
    topic, _, exercise = entry.what.partition("/")
    return entry.made_with != made_with(topic, exercise or None)
