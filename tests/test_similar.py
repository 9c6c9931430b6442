"""Similar submissions: copies are found, renamed or moved; independent right answers are not."""

from __future__ import annotations

import ast
import re
from itertools import combinations
from pathlib import Path

import nbformat
import pytest
from conftest import (
    ROOT,
    TOPICS,
    fake_result,
    make_course,
    put_graded,
    read,
    run_grader,
    solution_cells,
    with_code,
)

from grader.checking.topic import find_topic
from grader.report.results import ClassResults, Submission
from grader.report.similar import definitions, find_pairs, side_by_side, solution

EVIL = "</pre><script>alert(1)</script>"


def codes(topic: str) -> dict[str, str]:
    """The right solutions in other styles, by name."""
    return {
        path.stem: path.read_text() for path in sorted((ROOT / "tests" / "solutions" / topic).glob("*.py"))
    }


def pairs(
    folder: Path, topic: str, notebooks: dict[str, nbformat.NotebookNode]
) -> dict[tuple[str, str], list[str]]:
    """The exercises of each pair that was found, by the students' names."""
    submissions = []
    for number, (name, notebook) in enumerate(sorted(notebooks.items()), start=1):
        path = folder / f"{name}.ipynb"
        nbformat.write(notebook, path)
        submissions.append(Submission(name, "", "", "", number, 0, [], path))
    found, _ = find_pairs(ClassResults(TOPICS[topic], topic, 22, {}, submissions))
    return {
        (pair.left.student, pair.right.student): sorted(match.exercise for match in pair.matches)
        for pair in found
    }


def renamed(code: str, topic: str) -> str:
    """The same program: the names that it chose are others."""
    kept = {name for names in find_topic(topic).exercises.values() for name in names}
    kept |= {"self", "forward", "__init__", "f", "r", "b"}
    chosen = {
        node.id
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id not in kept
    }
    other = {name: f"my_{number}" for number, name in enumerate(sorted(chosen))}
    return re.sub(r"(?<![.\w])\w+\b(?!=)", lambda match: other.get(match[0], match[0]), code)


@pytest.mark.parametrize("topic", TOPICS)
def test_independent_right_solutions_are_not_alike(topic, tmp_path):
    notebooks = {name: with_code(topic, code) for name, code in codes(topic).items()}
    notebooks["starter-1"] = notebooks["starter-2"] = read("release", topic)
    assert pairs(tmp_path, topic, notebooks) == {}


@pytest.mark.parametrize("topic", TOPICS)
def test_a_renamed_and_reordered_copy_is_found(topic, tmp_path):
    sources = codes(topic)
    notebooks = {name: with_code(topic, code) for name, code in sources.items()}
    original = "numpy_detours" if "numpy_detours" in sources else "plain_loops"
    copy = with_code(topic, renamed(sources[original], topic))
    for cell in solution_cells(copy).values():  # other comments, other strings, other cells, another order
        cell.source = "\n".join(line for line in cell.source.splitlines() if not line.strip().startswith("#"))
        moved = nbformat.v4.new_code_cell(cell.source)
        cell.source = "# see below"
        copy.cells.insert(0, moved)
    notebooks["copy"] = copy
    found = pairs(tmp_path, topic, notebooks)
    assert list(found) == [("copy", original)]
    assert len(found["copy", original]) >= 2


def class_with_copies(count: int) -> tuple[list[str], dict[str, nbformat.NotebookNode]]:
    """Names of those who have the same solution, and the whole class."""
    sources = codes("convolution")
    copies = {f"copy-{number}": sources["windows"] for number in range(count)}
    del sources["windows"]
    everyone = {**copies, **sources}
    return list(copies), {name: with_code("convolution", code) for name, code in everyone.items()}


def test_what_half_the_class_wrote_is_the_common_solution(tmp_path):
    _, notebooks = class_with_copies(8)
    assert pairs(tmp_path, "convolution", notebooks) == {}


def test_a_group_of_four_is_found(tmp_path):
    copies, notebooks = class_with_copies(4)
    assert set(pairs(tmp_path, "convolution", notebooks)) == set(combinations(copies, 2))


def lines(code: str) -> list:
    cells = [nbformat.v4.new_code_cell(code)]
    return solution(definitions(cells), ["f"])


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("def f(a, b=1):\n    return a + b", "def f(x, y=1):\n    # a comment\n    return x + y"),
        ('def f(a):\n    """Doc."""\n    return a', "def f(a):\n    return a"),
        ("def f(a: int) -> int:\n    b: int = a\n    return b", "def f(a):\n    b = a\n    return b"),
        ("def f(a):\n    print('x', a)", "def f(a):\n    print(f'{a}', a)"),
        (
            "import numpy as np\ndef f(a):\n    return np.sum(a)",
            "import numpy as n\ndef f(b):\n    return n.sum(b)",
        ),
        ("def g(a): return a\ndef f(a): return g(a)", "def f(b): return helper(b)\ndef helper(b): return b"),
        ("class f:\n    def m(self):\n        self.a = 1", "class f:\n    def m(me):\n        me.b = 1"),
    ],
    ids="names docstring annotations strings alias helper attribute".split(),
)
def test_what_does_not_count(one, two):
    assert [line.tokens for line in lines(one)] == [line.tokens for line in lines(two)]


def test_what_counts():
    assert [line.tokens for line in lines("def f(a): return a + 1")] != [
        line.tokens for line in lines("def f(a): return a - 1")
    ]


def test_no_line_is_lost():
    code = (
        "@wraps\ndef f(a):\n    'doc'\n    try:\n        g = 1  # one\n    except ValueError:\n        pass\n"
    )
    code += (
        "    else:\n        match a:\n            case 1:\n                return 2\n    # two\n    return a"
    )
    assert "\n".join(line.text for line in lines(code)) == code


def test_side_by_side():
    left = lines("def f(a):\n    b = a.sum(axis=0, keepdims=True)\n    c = a[1:, 2:3]\n    return c")
    right = lines("def f(x):\n    d = x[1:, 2:3]\n    y = x.sum(axis=0, keepdims=True)\n    return d")
    rows = side_by_side(left, right)
    assert [row.left for row in rows if row.left] == [line.text for line in left]
    assert [row.right for row in rows if row.right] == [line.text for line in right]
    assert {row.left.strip(): row.mark for row in rows}["return c"] == "same"
    assert [row.mark for row in rows].count("moved") == 2


def test_code_that_cannot_be_read(tmp_path):
    notebooks = {name: with_code("convolution", code) for name, code in codes("convolution").items()}
    for source in (
        "def conv2d(:",
        "x = " + "(" * 80 + "1" + ")" * 80,
        "x = " + "-" * 900 + "1",
        "%%bash\nls",
        "!ls",
    ):
        notebooks["windows"].cells.append(nbformat.v4.new_code_cell(source))
    assert pairs(tmp_path, "convolution", notebooks) == {}


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    course = make_course(tmp_path_factory.mktemp("similar"), "convolution")
    for student, code in [*codes("convolution").items(), ("ada", codes("convolution")["fourier"])]:
        put_graded(course, student, [fake_result("convolution", "conv2d", "+")], last_name="O'Neil <b>")
        notebook = with_code("convolution", code.replace("def conv2d(", f"VAR = '{EVIL}'\n\n\ndef conv2d("))
        path = course / "autograded" / student / "01-convolution" / "convolution.ipynb"
        graded = nbformat.read(path, as_version=4)
        for cell in solution_cells(notebook).values():
            graded.cells.append(nbformat.v4.new_code_cell(cell.source, metadata=cell.metadata))
        nbformat.write(graded, path)
    return course


def test_the_page(course):
    done = run_grader(course, "similar", "01-convolution")
    assert done.returncode == 0, done.stderr
    page = (course / done.stdout.strip()).read_text()
    assert not re.search(r"\bada\b|O&#39;Neil", page)
    assert "<script" not in page
    assert page.count("<h2") == 3  # pairs, the one pair, how to read it
    assert "prefers-color-scheme: dark" in page
    assert not re.findall(r"""(?:src|href)=["'](?!#)""", page)
    assert (
        run_grader(course, "similar", "01-convolution", "--names", "--output", "named.html").returncode == 0
    )
    assert "ada (" in (course / "named.html").read_text()
    assert "O&#39;Neil &lt;b&gt;" in (course / "named.html").read_text()


def test_bad_input(course):
    done = run_grader(course, "similar", "99-x")
    assert done.returncode == 1
    assert "no assignment is called '99-x'" in done.stderr
