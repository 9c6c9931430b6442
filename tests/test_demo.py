"""`make demo`: right submissions get full marks, wrong ones a reason."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ROOT

from demo.classroom import split
from grader.checking.topic import find_topic


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "course"
    command = [sys.executable, "-m", "demo", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def rows(text: str) -> dict[str, list[str]]:
    """The cells of the table's rows by student."""
    table = text.partition("  points ")[2].partition("Why points were lost")[0]
    return {
        line.split()[0]: line.replace("to mark", "-").split()[1:] for line in table.splitlines()[1:] if line
    }


def test_the_table(demo):
    table = rows(demo[1])
    assert table["ada"] == ["2", "5", "3", "5", "5", "-", "20"]
    assert table["chloe"] == ["2", "5", "1.5", "0", "0", "0", "8.5"]
    assert table["dmitri"] == ["2", "0", "3", "0", "0", "0", "5"]
    assert table["erin"] == table["farid"] == ["0"] * 7
    assert all(float(points) < full for points, full in zip(table["ben"][:5], [2, 5, 3, 5, 5], strict=True))


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        ("ben", "conv2d: You turn the kernel by 180"),
        ("ben", "rnn_cell: You ignore h0"),
        ("ben", "lstm_cell: Your gates are in another order"),
        ("chloe", "not attempted: conv2d_batch, conv2d_backward"),
        ("dmitri", "conv2d: `conv2d(array of shape"),
        ("erin", "not attempted: conv_output_size, conv2d, pooling"),
        ("farid", "could not be read"),
    ],
)
def test_the_reasons(demo, student, reason):
    lines = [line for line in demo[1].splitlines() if line.strip().startswith(student)]
    assert any(reason in line for line in lines), lines


def test_what_it_leaves(demo):
    folder, text = demo
    assert (folder / "grades.csv").is_file()
    assert len(list((folder / "feedback").rglob("*.html"))) == 16
    assert "Where to look" in text


def test_a_students_file_is_split_by_exercise():
    code = "import os\nA = 1\n\n\ndef helper(): pass\n\n\ndef conv2d(): pass\n\n\n# end\n"
    parts = split(code, find_topic("convolution"))
    assert list(parts) == ["conv2d"]
    assert parts["conv2d"].startswith("import os")
    assert "def helper" in parts["conv2d"]
