"""What the tests share: notebooks of the course, and scratch courses to run nbgrader in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from demo.classroom import fill
from grader.checking.run import ExerciseResult, grade
from grader.checking.submission import open_run
from grader.checking.topic import Topic, find_topic
from grader.kernel.faults import Limits

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent  # nbgrader finds its helpers there
STRICT = "TRAITLETS_APPLICATION_RAISE_CONFIG_FILE_ERROR"
TOPICS = {  # topic: assignment
    "convolution": "01-convolution",
    "cnn": "02-cnn",
    "rnn": "03-rnn",
    "lstm": "04-lstm",
    "transfer_learning": "05-transfer-learning",
    "capstone": "06-capstone",
}

#: CONTRACT: the points of every exercise, typed here once more on purpose.
CONTRACT = {
    "convolution": {
        "conv_output_size": 2,
        "conv2d": 5,
        "pooling": 3,
        "conv2d_batch": 5,
        "conv2d_backward": 5,
    },
    "cnn": {
        "simple_cnn": 4,
        "count_parameters": 2,
        "receptive_field": 2,
        "training_loop": 6,
        "fit": 4,
        "feature_maps": 3,
    },
    "rnn": {
        "rnn_cell": 6,
        "bptt": 6,
        "gradient_norms": 4,
        "clip_by_global_norm": 4,
    },
    "lstm": {
        "create_sequences": 4,
        "lstm_cell": 5,
        "sine_lstm": 4,
        "train_lstm": 5,
        "rollout": 3,
    },
    "transfer_learning": {
        "replace_head": 3,
        "freeze_backbone": 4,
        "extract_features": 3,
        "fine_tuning": 4,
        "train_head": 6,
    },
    "capstone": {
        "stratified_split": 4,
        "capstone_cnn": 4,
        "fit": 6,
        "confusion_matrix": 4,
        "per_class_metrics": 5,
    },
}


def read(folder: str, topic: str) -> NotebookNode:
    """A notebook of source/ or release/."""
    return nbformat.read(ROOT / folder / TOPICS[topic] / f"{topic}.ipynb", as_version=4)


def solution_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The solution cells by exercise id."""
    meta = ((cell, cell.metadata.get("nbgrader", {})) for cell in notebook.cells)
    return {m["grade_id"]: cell for cell, m in meta if m.get("solution") and cell.cell_type == "code"}


def solved(topic: str, *exercises: str) -> NotebookNode:
    """The student version with the master's solutions of `exercises`, or of all."""
    notebook, master = read("release", topic), solution_cells(read("source", topic))
    for name, cell in solution_cells(notebook).items():
        if not exercises or name in exercises:
            cell.source = master[name].source
    return notebook


def with_code(topic: str, code: str) -> NotebookNode:
    """The student version with `code`, a whole Python file of solutions, in its cells."""
    return fill(read("release", topic), code, find_topic(topic))


def grade_notebook(
    notebook: NotebookNode, topic: Topic, exercises: list[str] | None = None, limits: Limits | None = None
) -> dict[str, ExerciseResult]:
    """Grade some exercises, or all, as nbgrader would, without nbgrader."""
    with open_run(notebook, topic, limits) as run:
        return grade(run, exercises or list(topic.exercises))


def nbgrader(course: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run an nbgrader command in `course`, with nbgrader's own ways in case of a broken configuration."""
    inherited = {name: value for name, value in os.environ.items() if name != STRICT}
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course,
        capture_output=True,
        text=True,
        env={**inherited, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **variables},
        timeout=600,
    )


def make_course(
    folder: Path, *topics: str, settings: str = "", prepare: Callable[[], None] = lambda: None
) -> Path:
    """A scratch course with the assignments of `topics`; `settings` are added to its configuration.

    prepare: called before the student versions are made.
    """
    (folder / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text() + settings)
    for topic in topics:
        assignment = TOPICS[topic]
        shutil.copytree(ROOT / "source" / assignment, folder / "source" / assignment)
    prepare()
    for topic in topics:
        done = nbgrader(folder, "generate_assignment", TOPICS[topic])
        assert done.returncode == 0, done.stderr
    return folder


def hand_in(
    course: Path, student: str, notebook: NotebookNode | str | bytes, topic: str = "convolution"
) -> Path:
    """Put a submission into submitted/; returns its folder."""
    folder = course / "submitted" / student / TOPICS[topic]
    folder.mkdir(parents=True)
    path = folder / f"{topic}.ipynb"
    if isinstance(notebook, bytes):
        path.write_bytes(notebook)
    elif isinstance(notebook, str):
        path.write_text(notebook)
    else:
        path.write_text(nbformat.writes(notebook))
    return folder


@pytest.fixture(scope="session")
def convolution() -> Topic:
    """The topic of 01-convolution."""
    return find_topic("convolution")
