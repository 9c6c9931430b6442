"""The project's own promises: one place for versions, documents that name real things, no machine."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import tomllib

import pytest
from conftest import ROOT

from grader.autograde.preprocessors import GradeNotebook
from grader.kernel.faults import Limits

CONDA_NAMES = {"torch": "pytorch", "msgpack": "msgpack-python", "jupyter-client": "jupyter_client"}
FILES = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
DOCUMENTS = [name for name in FILES if name.endswith(".md")]


def pinned() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    versions = dict(re.sub(r"\[.*\]", "", requirement).split("==") for requirement in requirements)
    return {**{CONDA_NAMES.get(name, name): version for name, version in versions.items()}}


def test_conda_gets_the_pinned_versions():
    text = (ROOT / "environment.yml").read_text()
    conda = dict(re.findall(r"^  - ([\w-]+) =([\d.]+)$", text, re.MULTILINE))
    assert conda == pinned()
    python = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert f"- python {python}\n" in text


def test_every_pin_is_exact():
    assert all(re.fullmatch(r"\d+(\.\d+)+", version) for version in pinned().values())


def test_the_configuration_shows_the_defaults():
    lines = re.findall(
        r"^# c\.GradeNotebook\.(\w+) = (\d+)$", (ROOT / "nbgrader_config.py").read_text(), re.MULTILINE
    )
    shown = {name: float(value) for name, value in lines}
    assert shown == dataclasses.asdict(Limits())
    assert shown == {name: GradeNotebook.class_traits()[name].default_value for name in shown}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / name).read_text()):
        if "://" not in target:
            assert (ROOT / name).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("name", DOCUMENTS)
def test_make_targets_in_documents_exist(name):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(
        r"\bmake ((?:[a-z-]+ ?)+)",
        "\n".join(re.findall(r"`make [^`]+`|^    make .*", (ROOT / name).read_text(), re.M)),
    )
    assert {word for words in named for word in words.split()} <= targets


def test_paths_in_documents_exist():
    for name in ("README.md", "CONTRIBUTING.md", "docs/architecture.md"):
        for path in re.findall(r"`((?:grader|tests|demo|docs)/[\w/.-]+)`", (ROOT / name).read_text()):
            assert (ROOT / path).exists(), f"{name}: {path}"


def test_nothing_names_one_machine():
    here = re.compile(r"/(?:home|root|Users)/\w|/work/|site-packages|\.pyenv|@\w+\.internal")
    for name in FILES:
        if name != "tests/test_project.py":
            found = here.search((ROOT / name).read_text(errors="replace"))
            assert found is None, f"{name}: {found}"
