"""`make demo`: right submissions get full marks, wrong ones a reason."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ROOT

from demo.classroom import split
from grader.checking.topic import find_topic


def run_demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "demo", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module", params=["01-convolution", pytest.param("", id="all", marks=pytest.mark.slow)])
def demo(request, tmp_path_factory):
    """The folder and the output of a demonstration, of one assignment or of all."""
    folder = tmp_path_factory.mktemp("demo") / "course"
    done = run_demo("--folder", str(folder), *request.param.split())
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def is_whole(folder) -> bool:
    return (folder / "release" / "02-cnn").exists()


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
        ("chloe", "not attempted: conv2d_batch, conv2d_backward"),
        ("dmitri", "conv2d: `conv2d(array of shape"),
        ("erin", "not attempted: conv_output_size, conv2d, pooling"),
        ("farid", "could not be read"),
    ],
)
def test_the_reasons(demo, student, reason):
    lines = [line for line in demo[1].splitlines() if line.strip().startswith(student)]
    assert any(reason in line for line in lines), lines


def test_the_reasons_in_other_assignments(demo):
    if is_whole(demo[0]):
        assert "rnn_cell: You ignore h0" in demo[1]
        assert "lstm_cell: Your gates are in another order" in demo[1]
    else:
        assert "rnn_cell" not in demo[1]


def test_what_it_leaves(demo):
    folder, text = demo
    assert (folder / "grades.csv").is_file()
    assert len(list((folder / "feedback").rglob("*.html"))) == (16 if is_whole(folder) else 6)
    assert "Where to look" in text


def test_a_students_file_is_split_by_exercise():
    code = "import os\nA = 1\n\n\ndef helper(): pass\n\n\ndef conv2d(): pass\n\n\n# end\n"
    parts = split(code, find_topic("convolution"))
    assert list(parts) == ["conv2d"]
    assert parts["conv2d"].startswith("import os")
    assert "def helper" in parts["conv2d"]


def test_bad_input(tmp_path):
    kept = tmp_path / "kept"
    kept.write_text("mine")
    done = run_demo("--folder", str(tmp_path))
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert kept.exists()
    done = run_demo("01-convolutions")
    assert "there is no class for '01-convolutions', only for 01-convolution, 02-cnn" in done.stderr
