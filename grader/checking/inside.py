"""Graders inside the notebook that they grade: what `grader.check` does."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from IPython import get_ipython
from IPython.display import HTML, display

from grader.checking import feedback
from grader.checking.plugin import Run
from grader.checking.run import GradingError, grade
from grader.checking.topic import find_topic
from grader.kernel import wire
from grader.kernel.faults import CellFault
from grader.kernel.worker import Worker, silence

OPT_IN = "GRADER_IN_PROCESS"


@dataclass
class LocalSession:
    """A session without a process of its own, for master notebooks: they run their own graders."""

    namespace: dict[str, Any]
    sources: dict[int, str]
    faults: dict[int, CellFault] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._worker = Worker(self.namespace)

    def prepare(self) -> None:
        """Nothing to do: see `Session.prepare`."""

    def request(self, message: bytes, seconds: float) -> Any:
        """See `Session.request`."""
        with silence():
            return wire.decode(self._worker.answer(message))


def check_inside(exercise: str) -> float:
    """See `grader.check`. Raises GradingError, MissingGrader."""
    if os.environ.get("NBGRADER_EXECUTION") == "autograde" and os.environ.get(OPT_IN) != "1":
        raise GradingError(
            "no points: this notebook is being graded without the course's nbgrader_config.py. "
            "Run nbgrader from the course folder, and look for errors in loading the configuration."
        )
    shell = get_ipython()
    if shell is None:
        raise GradingError("check() works in a notebook")
    topic_name, _, name = exercise.partition("/")
    sources = dict(enumerate(shell.user_ns["In"]))
    run = Run(find_topic(topic_name), LocalSession(shell.user_ns, sources))
    result = grade(run, [name])[name]
    for failure in result.errors:
        raise GradingError(f"{exercise}: the grader failed in '{failure.title}'\n{failure.detail}")
    display(HTML(feedback.to_html(exercise, result)))
    return float(result.score)
