"""The notebooks: as the contract wants them, in step with each other, and without leaks."""

from __future__ import annotations

import ast
import difflib
import functools
import json
import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from conftest import BIN, CONTRACT, ROOT, TOPICS, make_course, read, solved
from nbclient import NotebookClient

from grader.checking.topic import find_topic
from grader.exercises import CANARY

FILES = {"transfer_learning": ["pretrained.safetensors"]}  # that are given to students beside the notebook
QUICK = [("convolution", "--nbval"), ("rnn", "--nbval")]  # the others train networks


def meta(cell) -> dict:
    return cell.metadata.get("nbgrader", {})


@pytest.fixture(params=TOPICS)
def topic(request) -> str:
    return request.param


@pytest.fixture(scope="session")
def generated(tmp_path_factory) -> Path:
    """A scratch course with the student versions generated from source/ now."""
    return make_course(tmp_path_factory.mktemp("generated"), *TOPICS)


# The masters


def test_the_exercises_are_the_contracts(topic):
    cells = read("source", topic).cells
    order = [
        meta(cell)["grade_id"] for cell in cells if meta(cell).get("grade") or meta(cell).get("solution")
    ]
    expected = [grade_id for name in CONTRACT[topic] for grade_id in (name, f"test_{name}")]
    assert order == [*expected, f"explain_{topic}"]
    for cell in cells:
        if meta(cell).get("grade") and cell.cell_type == "code":
            assert meta(cell)["locked"]
            assert meta(cell)["points"] == CONTRACT[topic][meta(cell)["grade_id"].removeprefix("test_")]
            name = meta(cell)["grade_id"].removeprefix("test_")
            assert f'check("{topic}/{name}")' in cell.source
        if meta(cell).get("grade") and cell.cell_type == "markdown":
            assert meta(cell)["points"] == 2


def test_format(topic):
    for folder in ("source", "release"):
        notebook = read(folder, topic)
        nbformat.validate(notebook)
        assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
        assert notebook.metadata.kernelspec.name == "python3"
        assert all(meta(cell).get("schema_version", 3) == 3 for cell in notebook.cells)


def test_nothing_but_what_students_need_is_in_the_assignments_folder(topic):
    """nbgrader copies every file to the students."""
    names = {path.name for path in (ROOT / "source" / TOPICS[topic]).iterdir()}
    assert names == {f"{topic}.ipynb", *FILES.get(topic, ())}
    for name in FILES.get(topic, ()):
        source, release = (ROOT / folder / TOPICS[topic] / name for folder in ("source", "release"))
        assert source.read_bytes() == release.read_bytes()
        assert source.stat().st_size < 2**20


def copy_files(topic: str, folder: Path) -> None:
    """Put the files that students are given beside a notebook."""
    for name in FILES.get(topic, ()):
        shutil.copy(ROOT / "release" / TOPICS[topic] / name, folder)


def test_stored_outputs_are_complete_and_clean(topic):
    cells = [cell for cell in read("source", topic).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [
        output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"
    ]
    for cell in cells:
        if meta(cell).get("grade"):
            (result,) = [output for output in cell.outputs if output.output_type == "execute_result"]
            assert float(result.data["text/plain"]) == meta(cell)["points"]


def test_student_version_has_no_outputs(topic):
    assert all(not cell.get("outputs") for cell in read("release", topic).cells)


def test_only_demonstrations_are_excused_from_comparing_outputs(topic):
    tags = [set(cell.metadata.get("tags", [])) for cell in read("source", topic).cells]
    assert {tag for some in tags for tag in some} <= {"demo", "nbval-ignore-output"}
    assert all("demo" in some for some in tags if some)


@pytest.mark.parametrize(
    ("topic", "option"),
    [
        pytest.param(topic, option, marks=[] if (topic, option) in QUICK else pytest.mark.slow)
        for topic in TOPICS
        for option in ("--nbval", "--nbval-lax")
    ],
)
def test_nbval(topic, option, tmp_path):
    """The masters exactly, a student's solved notebook leniently."""
    target = ROOT / "source" / TOPICS[topic]
    if option == "--nbval-lax":
        target = tmp_path / f"{topic}.ipynb"
        nbformat.write(solved(topic), target)
        copy_files(topic, tmp_path)
    done = subprocess.run(
        [str(BIN / "pytest"), option, str(target), "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    assert re.search(r"\d+ passed", done.stdout)


# The student version


def differences(committed: nbformat.NotebookNode, fresh: nbformat.NotebookNode) -> list[str]:
    """How two notebooks differ, line by line."""
    texts = [json.dumps(notebook, indent=1, sort_keys=True).splitlines() for notebook in (committed, fresh)]
    return list(difflib.unified_diff(*texts, "release/", "generated now", lineterm="", n=1))


def test_release_is_in_step_with_source(topic, generated):
    fresh = nbformat.read(generated / "release" / TOPICS[topic] / f"{topic}.ipynb", as_version=4)
    assert differences(read("release", topic), fresh) == [], "run `make release` and commit the result"


def test_the_step_test_can_fail(topic):
    changed = read("release", topic)
    changed.cells[0].source += " "
    assert differences(read("release", topic), changed)


def test_student_version_runs_alone_and_only_stubs_complain(topic, tmp_path):
    notebook = read("release", topic)
    # Anywhere but here, and with this repository's package out of reach.
    copy_files(topic, tmp_path)
    (tmp_path / "grader.py").write_text("raise ImportError('the student has no such package')")
    client = NotebookClient(
        notebook, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}, timeout=120
    )
    client.execute()
    faults = [
        (output.ename, "".join(output.traceback))
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    assert len(faults) >= len(CONTRACT[topic])
    assert {name for name, _ in faults} == {"NotImplementedError"}
    assert not [
        cell
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]


# Leaks


def secret_lines(topic: str) -> set[str]:
    """Lines that no student may see: solutions, hidden tests, the graders' code."""
    solutions, graders = set(), set()
    for cell in read("source", topic).cells:
        solutions |= telling("\n".join(blocks_of(cell)[1::2]))
    for path in find_topic(topic).folder.glob("*.py"):
        graders |= telling(code_only(path.read_text()))
    everywhere = [public_text(name) for name in TOPICS]
    # Some lines are anybody's: graders and notebooks both draw numbers, a notebook's own text repeats itself.
    # A solution that another notebook gives away is a leak, idioms apart.
    ordinary = {line for line in graders if any(line in text for text in everywhere)}
    ordinary |= {line for line in solutions if line in public_text(topic) or line in IDIOMS}
    secrets = (solutions | graders) - ordinary
    return secrets | {CANARY, "BEGIN HIDDEN", "BEGIN SOLUTION", "from grader", "grader.checking"}


#: Lines of PyTorch that solutions share with what other notebooks show their readers.
IDIOMS = {
    "was_training = model.training",
    "model.train(was_training)",
    "for images, labels in loader:",
    "self.classifier = nn.Sequential(",
    "nn.functional.cross_entropy(model(images), labels).backward()",
}


def blocks_of(cell) -> list[str]:
    """A cell's text, in turns what students see and what they do not."""
    return re.split(r"### (?:BEGIN|END) (?:SOLUTION|HIDDEN TESTS)\n?", cell.source)


@functools.cache
def public_text(topic: str) -> str:
    """What students see of a master notebook."""
    return "\n".join(text for cell in read("source", topic).cells for text in blocks_of(cell)[::2])


def telling(text: str) -> set[str]:
    """The lines of `text` that are long enough to be nobody else's."""
    return {line.strip() for line in text.splitlines() if len(line.strip()) >= 25}


def code_only(source: str) -> str:
    """`source` without its strings, which are titles and explanations that students do read."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.unparse(tree)


def leaks(folder: Path, secrets: set[str]) -> list[str]:
    """Where a secret stands in a file below `folder`."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        text = path.read_text(errors="replace")
        if path.suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            text = "\n".join(
                str(cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"]))
                + json.dumps(cell.get("outputs", ""))
                for cell in cells
            )
        found += [f"{path.relative_to(folder)}: {secret}" for secret in secrets if secret in text]
    return found


def test_nothing_leaks_before_grading(topic):
    """`tests/test_course.py` looks at what comes back from it."""
    assert len(secret_lines(topic)) > 20
    assert leaks(ROOT / "release", secret_lines(topic)) == []


@pytest.mark.parametrize("kind", ["solution", "hidden test", "grader", "canary"])
def test_the_leak_scan_can_fail(topic, tmp_path, kind):
    secrets = secret_lines(topic)
    shutil.copytree(ROOT / "release" / TOPICS[topic], tmp_path / "release")
    path = tmp_path / "release" / f"{topic}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    master = [cell.source for cell in read("source", topic).cells]
    grader = next(find_topic(topic).folder.glob("test_*.py"))
    planted = {
        "solution": next(text for text in master if "BEGIN SOLUTION" in text).replace(
            "### BEGIN SOLUTION", ""
        ),
        "hidden test": "from grader import check",
        "grader": code_only(grader.read_text()),
        "canary": CANARY,
    }
    notebook.cells[-1].source += planted[kind]
    nbformat.write(notebook, path)
    assert leaks(tmp_path, secrets)
