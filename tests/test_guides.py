"""The guides' commands do what they say, in the order in which they stand there."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from conftest import BIN, ROOT, answered, make_course
from nbgrader.api import Gradebook

pytestmark = pytest.mark.slow
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(guide: str) -> list[tuple[str, str]]:
    """A guide's blocks: their language, and what is in them."""
    return BLOCK.findall((ROOT / "docs" / guide).read_text())


def shell(script: str, folder: Path, code: int = 0, **variables: str) -> str:
    """Run the commands in `folder` as a reader would; returns what they print."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path, **variables},
    )
    assert done.returncode == code, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_what_is_not_run_needs_a_browser_or_a_network():
    known = {"make demo", "source .venv/bin/activate", "jupyter lab"}  # the first two: .ci/run
    for guide in ("instructor.md", "student.md", "grader-author.md"):
        commands = [line for kind, text in blocks(guide) if kind == "text" for line in text.splitlines()]
        assert {line for line in commands if not line.startswith("pip install ")} <= known


def test_instructor(tmp_path):
    course, home, exchange = tmp_path / "course", tmp_path / "home", tmp_path / "exchange"
    archive = course / "downloaded" / "01-convolution" / "archive"
    for folder in (course, home / "mail", exchange, archive):
        folder.mkdir(parents=True)
    exchange.chmod(0o777)
    settings = f"\nc.Exchange.root = {str(exchange)!r}\n"
    make_course(course, "convolution", settings=settings)
    (home / "nbgrader_config.py").write_text(f"c = get_config(){settings}")
    shutil.copytree(ROOT / "grader", course / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", course)
    nbformat.write(answered(), home / "mail" / "convolution.ipynb")
    nbformat.write(answered("conv2d"), archive / "grace_convolution.ipynb")
    told = ""
    for kind, text in blocks("instructor.md"):
        if "nbgrader collect" in text:  # a student, who has the name of the test's user
            shell("nbgrader fetch_assignment 01-convolution --course=cnn-rnn", home)
            nbformat.write(answered(), home / "01-convolution" / "convolution.ipynb")
            shell("nbgrader submit 01-convolution --course=cnn-rnn", home)
        if kind == "bash":
            text = text.replace("--student ada", f"--student {getpass.getuser()}")
            failing = text.startswith("pytest")  # grace's exercises that are missing
            told += shell(text, course, code=int(failing), HOME=str(home))
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        scores = {each.student.id: each.score for each in gradebook.assignment_submissions("01-convolution")}
        names = {each.id: each.last_name for each in gradebook.students}
    assert scores.pop("grace") == 5
    assert scores.pop("linus") == 20
    assert list(scores.values()) == [20]
    assert names["ada"] == "Lovelace"
    for file in ("grades.csv", "canvas.csv", "moodle.csv", "reports/01-convolution-similar.html"):
        assert (course / file).stat().st_size > 0
    assert re.search(r"\d+ failed, \d+ passed", told)


def test_student(tmp_path):
    nbformat.write(answered(), tmp_path / "convolution.ipynb")
    shutil.copy(ROOT / "ci" / "student.py", tmp_path)
    for kind, text in blocks("student.md"):
        if kind == "bash":
            told = shell(text, tmp_path)
            assert "fail" not in told.lower().replace("0 failed", "")


def test_grader_author(tmp_path):
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout
    for name in listed.split():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for kind, text in blocks("grader-author.md"):
        if kind == "python":
            name = text.splitlines()[0].removeprefix("# ")
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        elif kind == "bash" and "db assignment remove" in text:
            page = tmp_path / "feedback" / "ada" / "07-normalisation" / "normalisation.html"
            assert "normalisation/standardize: 0 of 3 points" in page.read_text()
            shell(text, tmp_path, PYTHONPATH=str(tmp_path))
        elif kind == "bash":
            told = shell(text, tmp_path, PYTHONPATH=str(tmp_path))
            assert "failed" not in told
    assert not (tmp_path / "submitted" / "ada").exists()
