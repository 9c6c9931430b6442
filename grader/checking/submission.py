"""From a submission's notebook to a run that is ready to be graded."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

import grader
from grader.checking.device import resolve_device
from grader.checking.plugin import Run
from grader.checking.topic import Topic
from grader.kernel.faults import Limits
from grader.kernel.session import Session


@contextlib.contextmanager
def open_run(
    notebook: NotebookNode,
    topic: Topic,
    limits: Limits | None = None,
    device: str = "auto",
    sandboxed: bool = True,
) -> Iterator[Run]:
    """Execute a student's notebook, in place, in a process of its own, and get ready to grade it.

    The folder that it runs in holds the files that students were given with it, and nothing else.
    Test cells and the master's demonstrations are not executed; a demonstration that the student changed is.
    """
    limits = limits or Limits()
    skip = set(range(len(notebook.cells))) - set(cells_to_run(notebook, topic))
    own = own_cells(notebook)
    # A topic without torch has no use for a GPU, and is spared the import that would find one.
    gpu = "torch" not in topic.forbidden and resolve_device(device) == "cuda"
    with Session(notebook, skip, topic.forbidden, handed_out(topic), limits, gpu, sandboxed) as session:
        yield Run(topic, session, own, limits.check_seconds, device)


def cells_to_run(notebook: NotebookNode, topic: Topic) -> list[int]:
    """The indices of the code cells that are executed: all but test cells and unchanged demonstrations."""
    demos = {cell.source for cell in master_cells(topic) if "demo" in cell.metadata.get("tags", [])}
    return [
        index
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and not is_test(cell) and cell.source not in demos
    ]


def own_cells(notebook: NotebookNode) -> dict[str, int]:
    """The index of each exercise's solution cell."""
    return {
        cell.metadata.nbgrader.grade_id: index
        for index, cell in enumerate(notebook.cells)
        if _nbgrader(cell).get("solution") and "grade_id" in _nbgrader(cell)
    }


def is_test(cell: NotebookNode) -> bool:
    """Whether this is a locked test cell; its visible checks are for students, graders come instead."""
    meta = _nbgrader(cell)
    return cell.cell_type == "code" and bool(meta.get("grade")) and not meta.get("solution")


def _nbgrader(cell: NotebookNode) -> dict:
    return cell.metadata.get("nbgrader") or {}


def _source(topic: Topic) -> Path:
    return Path(grader.__file__).parents[1] / "source" / topic.assignment


def handed_out(topic: Topic) -> list[Path]:
    """The files that students are given beside the notebook."""
    folder = _source(topic)
    return sorted(path for path in folder.iterdir() if path.suffix != ".ipynb") if folder.is_dir() else []


def master_notebook(topic: Topic) -> NotebookNode:
    """The topic's master notebook. Raises FileNotFoundError where there is no source/ beside the package."""
    return nbformat.read(_source(topic) / f"{topic.name}.ipynb", as_version=4)


def master_cells(topic: Topic) -> list[NotebookNode]:
    """The cells of the topic's master notebook, not to be changed; none without source/ nearby."""
    path = _source(topic) / f"{topic.name}.ipynb"
    return _cells(path, path.stat().st_mtime_ns) if path.is_file() else []


@functools.lru_cache(maxsize=8)  # a class has one notebook in a thousand copies
def _cells(path: Path, _: int) -> list[NotebookNode]:
    return nbformat.read(path, as_version=4).cells
