"""Continuous integration for students and instructors: what nbval alone would pass is found."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from conftest import ROOT, solution_cells, solved

from ci.student import gaps

FAILING = "raise ValueError('wrong')"


def notebook(*sources: str, tags: tuple[str, ...] = ()) -> nbformat.NotebookNode:
    """Small: cells that run in a moment, the tags on the last one."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[-1].metadata.tags = list(tags)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


HIDDEN = {  # failures that nbval does not report
    "tag": notebook(FAILING, tags=("raises-exception",)),
    "skip tag": notebook(FAILING, tags=("nbval-skip",)),
    "skip comment": notebook(f"# NBVAL_SKIP\n{FAILING}"),
    "exception comment": notebook(f"#NBVAL_RAISES_EXCEPTION\n{FAILING}"),
}


def nbval(path: Path) -> int:
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-p", "no:cacheprovider", str(path)]
    return subprocess.run(command, cwd=path.parent, capture_output=True).returncode


def run(*paths: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "ci" / "student.py"), *map(str, paths)]
    return subprocess.run(command, cwd=paths[0].parent if paths else ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("case", HIDDEN)
def test_the_gap_in_nbval_is_closed(case, tmp_path):
    path = tmp_path / "x.ipynb"
    nbformat.write(HIDDEN[case], path)
    assert nbval(path) in (0, 5)  # the gap; 5: it took no cell for a test
    found = gaps(path)
    assert any("would hide a failure" in line for line in found), found


def changed(edit) -> nbformat.NotebookNode:
    document = solved("convolution")
    edit(document)
    return document


def checks_of_conv2d(document: nbformat.NotebookNode) -> nbformat.NotebookNode:
    ids = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in document.cells}
    return ids["test_conv2d"]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (
            lambda document: checks_of_conv2d(document).update(source="pass"),
            "test_conv2d were changed",
        ),
        (
            lambda document: document.cells.remove(checks_of_conv2d(document)),
            "checks of conv2d are missing",
        ),
        (lambda document: document.cells.clear(), "there are no checks"),
    ],
    ids=["changed", "deleted", "empty"],
)
def test_checks_that_were_changed_or_deleted(edit, words, tmp_path):
    nbformat.write(changed(edit), tmp_path / "x.ipynb")
    assert any(words in line for line in gaps(tmp_path / "x.ipynb"))


@pytest.mark.parametrize("topic", ["convolution", "cnn"])
def test_an_honest_notebook_has_no_gaps(topic, tmp_path):
    nbformat.write(solved(topic), tmp_path / "x.ipynb")
    assert gaps(tmp_path / "x.ipynb") == []


@pytest.mark.slow
def test_the_script(tmp_path):
    good, bad = tmp_path / "good.ipynb", tmp_path / "bad.ipynb"
    nbformat.write(solved("convolution"), good)
    wrong = solved("convolution")
    solution_cells(wrong)["pooling"].source = "def max_pool2d(image, size=2, stride=None): return image"
    nbformat.write(wrong, bad)
    done = run(good)
    assert done.returncode == 0, done.stdout
    done = run(bad)
    assert done.returncode == 1
    assert "failed" in done.stdout
    nbformat.write(HIDDEN["tag"], tmp_path / "hidden.ipynb")
    assert run(tmp_path / "hidden.ipynb").returncode == 1
    assert run().returncode == 2


def test_the_workflows_call_the_scripts_with_the_pinned_versions():
    course = yaml.safe_load((ROOT / ".github" / "workflows" / "course.yml").read_text())
    student = yaml.safe_load((ROOT / "ci" / "student.yml").read_text())
    (job,) = course["jobs"].values()
    assert job["steps"][-1]["run"] == "bash ci/course.sh"
    steps = [step.get("run", "") for step in student["jobs"]["notebooks"]["steps"]]
    assert "python student.py" in steps[-1]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {*project["dependencies"], *project["optional-dependencies"]["dev"]}
    asked = set(re.findall(r"[\w-]+==[\d.]+", steps[-2]))
    assert asked
    assert asked <= pinned


def test_the_courses_script_selects_the_tests_that_it_names():
    text = (ROOT / "ci" / "course.sh").read_text()
    selection = re.search(r'-k "([^"]*)"', text)[1]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-k", selection]
    command += ["tests/test_notebooks.py", "tests/test_course.py"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    for name in ("test_nbval", "release_is_in_step", "test_nothing_leaks", "leak_scan_can_fail"):
        assert name in listed
    assert "--nbval-lax" not in listed
