"""`grader cost`: what grading an honest submission costs, beside the bare cost of the student's functions."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import torch

from grader.checking.plugin import Run
from grader.checking.run import grade
from grader.checking.student import Call, Student
from grader.checking.submission import master_notebook, open_run
from grader.checking.topic import Topic, all_topics
from grader.kernel import wire
from grader.kernel.worker import Worker, silence

#: CPU seconds that grading an honest submission may take on one core, by assignment.
LIMITS = {
    "02-cnn": 10.0,
    "03-rnn": 2.0,
    "04-lstm": 8.0,
    "05-transfer-learning": 12.0,
    "06-capstone": 15.0,
}


@dataclass(frozen=True)
class Cost:
    """CPU seconds, of both processes together.

    cells: the start of the student's process, imports and the notebook's cells.
    grading: all checks of all exercises.
    bare: the same calls of the student's functions, made directly.
    """

    cells: float
    grading: float
    bare: float

    @property
    def ratio(self) -> float:
        return self.grading / self.bare


def measure(topic: Topic, rounds: int) -> Cost:
    """The medians of `rounds` rounds; in each, the three figures are measured one after the other."""
    torch.set_num_threads(1)
    costs = []
    for number in range(rounds + 1):
        cells, _ = _cpu_seconds(lambda: _session(topic, graded=False))
        whole, run = _cpu_seconds(lambda: _session(topic, graded=True))
        bare = _bare_seconds(topic, run)
        if number:  # the first round warms up: it imports what oracles need
            costs.append(Cost(cells, whole - cells, bare))
    return Cost(
        *(statistics.median(getattr(cost, name) for cost in costs) for name in ("cells", "grading", "bare"))
    )


def print_costs(names: Collection[str], rounds: int) -> None:
    """Measure these topics, or all, and print a table in Markdown."""
    print("| assignment | start, imports, cells (s) | grading (s) | limit (s) | bare calls (s) | ratio |")
    print("|---|---:|---:|---:|---:|---:|")
    for topic in all_topics():
        if not names or topic.name in names:
            cost = measure(topic, rounds)
            limit = LIMITS.get(topic.assignment)
            print(
                f"| {topic.assignment} | {cost.cells:.2f} | {cost.grading:.2f} | "
                f"{'' if limit is None else f'{limit:g}'} | {cost.bare:.2f} | {cost.ratio:.2f} |",
                flush=True,
            )


def _session(topic: Topic, graded: bool) -> Run:
    # Not from the warm process: nobody tells us the CPU time of that one's children.
    with open_run(master_notebook(topic), topic, device="cpu", sandboxed=False) as run:
        if "torch" not in topic.forbidden:  # much is loaded with the first optimizer: imports, too
            probe = Student(run.session, seconds=60).probe
            probe.optimizer(probe.model(["Linear", 1, 1]), "SGD", lr=1.0)
        if graded:
            results = grade(run, list(topic.exercises))
            lost = [
                check for result in results.values() for check in result.checks if check.status != "passed"
            ]
            if lost:
                raise SystemExit(f"{topic.name}: the master solution loses points: {lost}")
    return run


def _cpu_seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    start = _cpu()
    result = work()
    return _cpu() - start, result


def _cpu() -> float:
    """CPU seconds of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class _Stopwatch(Worker):
    """Adds up the time in the student's own functions."""

    seconds = 0.0

    def _function(self, owner: Any, name: str) -> Callable | None:
        function = super()._function(owner, name)
        if owner == "probe" or function is None:
            return function

        def timed(*args: Any, **kwargs: Any) -> Any:
            start = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += time.process_time() - start

        return timed


def _bare_seconds(topic: Topic, run: Run) -> float:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    worker = _Stopwatch(namespace)
    with silence():
        for source in run.session.sources.values():
            exec(compile(source, "<cell>", "exec"), namespace)  # noqa: S102 - our own master notebook
        for check in run.recorded_calls():
            for call in check:
                worker.answer(_unwatched(call))
    return worker.seconds


def _unwatched(call: Call) -> bytes:
    return wire.encode({**wire.decode(call.message), "watch": None})
