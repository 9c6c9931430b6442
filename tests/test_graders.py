"""The graders judge rightly: the contract's points, right solutions in any style, mistakes by their names."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from functools import partial
from itertools import product, zip_longest
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import CONTRACT, ROOT, TOPICS, grade_notebook, read, solution_cells, solved, with_code
from torch.nn import functional

from grader.checking.inside import LocalSession
from grader.checking.mistakes import Mistake
from grader.checking.oracle import remembered
from grader.checking.plugin import CheckResult, Run
from grader.checking.policy import forbidden_imports
from grader.checking.run import ExerciseResult, GradingError, grade
from grader.checking.submission import open_run
from grader.checking.topic import MissingGrader, Topic, find_topic
from grader.exercises.convolution import cases

SOLUTIONS = sorted((ROOT / "tests" / "solutions").glob("*/*.py"))
SLIP = re.compile(r"NameError|module '\w+' has no attribute")  # of whoever wrote a mistake
QUICK = 3  # right solutions, and rounds of mistakes, of each topic that are not marked as slow


def slow_beyond(number: int) -> list[pytest.MarkDecorator]:
    return [pytest.mark.slow] if number >= QUICK else []


def points_of(results: dict[str, ExerciseResult]) -> dict[str, float]:
    return {exercise: result.score for exercise, result in results.items()}


def wrong_points(checks: dict[str, float], cells: dict[str, float], contract: dict[str, float]) -> list[str]:
    """Where the graders' points, the master's test cells and the contract do not agree."""
    return [
        f"{exercise}: {checks.get(exercise)} in checks, {cells.get(exercise)} in the notebook, "
        f"{contract.get(exercise)} in the contract"
        for exercise in {*checks, *cells, *contract}
        if not checks.get(exercise) == cells.get(exercise) == contract.get(exercise)
    ]


@pytest.fixture(scope="module", params=TOPICS)
def topic(request):
    assert request.param in CONTRACT, f"tests/contract.toml has no [{request.param}]"
    return find_topic(request.param)


@pytest.fixture(scope="module")
def master_results(topic):
    return grade_notebook(solved(topic.name), topic)


def cell_points(topic) -> dict[str, float]:
    meta = [cell.metadata.get("nbgrader", {}) for cell in read("source", topic.name).cells]
    return {
        m["grade_id"].removeprefix("test_"): m["points"] for m in meta if m.get("grade") and not m["solution"]
    }


def test_points_add_up(topic, master_results):
    checks = {exercise: result.points for exercise, result in master_results.items()}
    assert wrong_points(checks, cell_points(topic), CONTRACT[topic.name]) == []


def test_the_points_test_can_fail(topic, master_results):
    checks = {exercise: result.points for exercise, result in master_results.items()}
    assert wrong_points({**checks, "conv2d": 4.5}, cell_points(topic), CONTRACT[topic.name])
    assert wrong_points(checks, {**cell_points(topic), "extra": 1}, CONTRACT[topic.name])


def test_the_master_solution_gets_full_points(topic, master_results):
    assert points_of(master_results) == CONTRACT[topic.name]


def test_the_student_version_gets_nothing_and_is_told_so(topic):
    results = grade_notebook(read("release", topic.name), topic)
    assert points_of(results) == dict.fromkeys(CONTRACT[topic.name], 0)
    assert not any(result.attempted for result in results.values())


def test_each_exercise_alone_gets_exactly_its_points(topic):
    for exercise in topic.exercises:
        results = grade_notebook(solved(topic.name, exercise), topic)
        assert points_of(results) == {
            **dict.fromkeys(CONTRACT[topic.name], 0),
            exercise: CONTRACT[topic.name][exercise],
        }
        assert [name for name, result in results.items() if result.attempted] == [exercise]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=f"{path.parent.name}-{path.stem}", marks=slow_beyond(number))
        for topic in TOPICS
        for number, path in enumerate(path for path in SOLUTIONS if path.parent.name == topic)
    ],
)
def test_right_solutions_in_other_styles_get_full_points(path):
    topic = find_topic(path.parent.name)
    notebook = read("release", topic.name)
    first, *others = solution_cells(notebook).values()
    first.source = path.read_text()
    for cell in others:
        cell.source = "# see above"
    results = grade_notebook(notebook, topic)
    lost = [check for result in results.values() for check in result.checks if check.status != "passed"]
    assert lost == []
    assert points_of(results) == CONTRACT[topic.name]


def mutant_source(topic, mistakes: list[Mistake]) -> str:
    """Code that replaces the functions that these mistakes stand for."""
    module = inspect.getsource(importlib.import_module(f"grader.exercises.{topic.name}.mistakes"))
    line = "from grader.checking import mistake\n"
    assert line in module
    plain = module.replace(line, "def mistake(*_, **__):\n    return lambda function: function\n")
    return "\n".join([plain, *(f"{each.defines} = {each.name}" for each in mistakes)])


def rounds(topic) -> list[list[Mistake]]:
    """The mistakes, one an exercise at a time: exercises do not depend on each other."""
    by_exercise = [[m for m in topic.mistakes if m.exercise == exercise] for exercise in topic.exercises]
    return [[each for each in together if each] for together in zip_longest(*by_exercise)]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        pytest.param(name, number, marks=slow_beyond(number))
        for name in TOPICS
        for number in range(len(rounds(find_topic(name))))
    ],
)
def test_every_mistake_loses_points_and_is_named(name, number):
    topic = find_topic(name)
    mistakes = rounds(topic)[number]
    notebook = solved(topic.name)
    list(solution_cells(notebook).values())[-1].source += "\n\n" + mutant_source(topic, mistakes)
    results = grade_notebook(notebook, topic, [mistake.exercise for mistake in mistakes])
    for mistake in mistakes:
        result = results[mistake.exercise]
        assert result.score < result.points, mistake.name
        failed = [check for check in result.checks if check.status != "passed"]
        if mistake.name not in {check.mistake_name for check in failed}:
            taken_for = [f"{check.name}: {check.mistake_name or 'nobody known'}" for check in failed]
            pytest.fail(f"{mistake.name} is not named, but in " + ", ".join(taken_for))
        assert mistake.explanation in str(result.to_dict())
        slip = SLIP.search("\n".join(check.message for check in failed))
        assert slip is None, f"{mistake.name} has a slip of its own: {slip}"


def test_there_are_enough_mistakes(topic):
    for exercise in topic.exercises:
        assert len([each for each in topic.mistakes if each.exercise == exercise]) >= 8, exercise
    assert len({each.name for each in topic.mistakes}) == len(topic.mistakes)


def test_every_mistake_belongs_to_an_exercise(topic):
    for each in topic.mistakes:
        assert each.defines in topic.exercises[each.exercise], each.name


def test_a_wrong_name_is_told():
    source = "def convolve2d(image, kernel, stride=1, padding=0):\n    return image"
    notebook = solved("convolution")
    solution_cells(notebook)["conv2d"].source = source
    result = grade_notebook(notebook, find_topic("convolution"))["conv2d"]
    assert result.score == 0
    assert "no code cell defines `conv2d`" in result.checks[0].message


def test_numpy_only_is_also_read_from_the_source():
    code = (
        "def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):\n"
        "    if size > 10**6:\n"
        "        from torch import nn\n"
        "    return 0\n"
    )
    result = grade_notebook(with_code("convolution", code), find_topic("convolution"))["conv_output_size"]
    assert result.score == 0
    assert all("imports torch" in check.message for check in result.checks)


def grade_with(folder: Path, monkeypatch, exercise: str, text: str) -> list[CheckResult]:
    """Grade nothing with a grader of this text."""
    path = folder / f"test_{exercise}.py"
    path.write_text(f"from grader.checking import points\n{text}")
    topic = find_topic("convolution")
    monkeypatch.setattr(Topic, "grader", lambda self, exercise: path)
    return grade(Run(topic, LocalSession({}, {})), [exercise])[exercise].checks


def test_ctrl_c_is_not_swallowed(tmp_path, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        grade_with(
            tmp_path,
            monkeypatch,
            "conv2d",
            "@points(1)\ndef test_x(student):\n    'A'\n    raise KeyboardInterrupt\n",
        )


def test_a_grader_with_a_fault_gives_no_points_and_says_so(tmp_path, monkeypatch):
    text = "@points(5)\ndef test_x(student):\n    'A title'\n    1 / 0\n"
    (check,) = grade_with(tmp_path, monkeypatch, "pooling", text)
    assert (check.status, check.earned) == ("error", 0)
    assert "ZeroDivisionError" in check.detail
    assert "/" not in check.message


@pytest.mark.parametrize(
    ("exercise", "text"),
    [
        ("a", "import nowhere"),
        ("b", "def test_x(student):\n    'No points'\n"),
        ("c", "@points(1)\ndef test_x(student):\n    pass\n"),  # no title
        ("d", "@"),
        ("e", "x = 1"),
    ],
)
def test_a_grader_that_does_not_load_stops_the_grading(tmp_path, monkeypatch, exercise, text):
    with pytest.raises(GradingError):
        grade_with(tmp_path, monkeypatch, exercise, text)


@pytest.mark.parametrize(
    "name", ["convolution/../conv2d", "nowhere/conv2d", "convolution/conv3d", "os/path", ""]
)
def test_unknown_exercises_have_no_grader(name):
    topic, _, exercise = name.partition("/")
    with pytest.raises(MissingGrader):
        find_topic(topic).grader(exercise)


def test_answers_of_impostors_are_wrong_answers():
    """Objects that lie about themselves arrive as names, and are judged as such."""
    code = (
        "class Liar(np.ndarray):\n"
        "    def __eq__(self, other): return True\n"
        "    def __sub__(self, other): return np.zeros(self.shape)\n"
        "def conv2d(image, kernel, stride=1, padding=0):\n"
        "    return np.zeros((1, 1)).view(Liar)\n"
        "class Number(float):\n"
        "    def __eq__(self, other): return True\n"
        "def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):\n"
        "    return Number(3)\n"
    )
    results = grade_notebook(with_code("convolution", code), find_topic("convolution"))
    assert results["conv2d"].score == results["conv_output_size"].score == 0
    assert any("Liar" in check.message for check in results["conv2d"].checks)


def test_open_run_executes_no_test_cell(topic):
    notebook = solved(topic.name)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            cell.source = "raise RuntimeError('test cells are not run')"
    with open_run(notebook, topic) as run:
        assert run.session.faults == {}


def test_demonstrations_are_run_only_when_a_student_changed_them(topic):
    notebook = solved(topic.name)
    demos = [cell for cell in notebook.cells if "demo" in cell.metadata.get("tags", [])]
    assert demos
    demos[0].source += "\nmine = 1"
    with open_run(notebook, topic):
        pass
    assert [cell.execution_count is not None for cell in demos] == [True] + [False] * (len(demos) - 1)


def test_solutions_folder_names_topics():
    assert {Path(path).parent.name for path in SOLUTIONS} <= set(TOPICS)


def test_an_oracle_that_remembers():
    asked = []

    @remembered
    def double(array, by=2.0):
        asked.append(by)
        return {"all": by * array, "sum": float(array.sum())}

    ones = np.ones(3)
    first = double(ones)
    assert double(np.ones(3)) is first
    with pytest.raises(ValueError, match="read-only"):
        first["all"][0] = 7.0  # it will be handed out again
    assert double(ones, by=3.0)["all"].tolist() == [3.0] * 3
    assert double(np.ones(3, np.float32))["all"].dtype == np.float32
    ones[0] = 2.0
    assert double(ones)["sum"] == 4.0
    assert asked == [2.0, 3.0, 2.0, 2.0]


def test_convolution_oracles_agree_with_torch():
    rng = np.random.default_rng(7)
    close = partial(np.testing.assert_allclose, atol=1e-12)

    def tensor(array):
        return torch.tensor(array, dtype=torch.float64)

    for image_shape, kernel_shape, stride, padding in cases.sizes(8, 40, (1, 2, 3), (0, 1, 2)):
        image, kernel = rng.normal(size=image_shape), rng.normal(size=kernel_shape)
        x, w = tensor(image).requires_grad_(), tensor(kernel).requires_grad_()
        expected = functional.conv2d(x[None, None], w[None, None], stride=stride, padding=padding)[0, 0]
        close(cases.conv2d(image, kernel, stride, padding), expected.detach())
        grad_output = rng.normal(size=expected.shape)
        gradients = torch.autograd.grad(expected, (x, w), tensor(grad_output))
        for got, gradient in zip(
            cases.conv2d_backward(grad_output, image, kernel, stride, padding), gradients, strict=True
        ):
            close(got, gradient)

    images, weights, bias = rng.normal(size=(2, 3, 7, 6)), rng.normal(size=(4, 3, 3, 2)), rng.normal(size=4)
    expected = functional.conv2d(*map(tensor, (images, weights, bias)), (2, 1), (1, 0))
    close(cases.conv2d_batch(images, weights, bias, (2, 1), (1, 0)), expected)

    for size, kernel, stride, padding, dilation in product((5, 9), (1, 3), (1, 2, 4), (0, 1), (1, 2)):
        expected = functional.conv1d(
            torch.zeros(1, 1, size), torch.zeros(1, 1, kernel), None, stride, padding, dilation
        )
        assert cases.conv_output_size(size, kernel, stride, padding, dilation) == expected.shape[-1]

    for size, stride in ((2, None), (3, 1), (2, 3), (1, 2), (4, 4)):
        for ours, theirs in (
            (cases.max_pool2d, functional.max_pool2d),
            (cases.avg_pool2d, functional.avg_pool2d),
        ):
            expected = theirs(tensor(images[0]), size, stride)
            for channel, wanted in zip(images[0], expected, strict=True):
                close(ours(channel, size, stride), wanted)


def test_the_graders_of_convolution_do_not_load_torch():
    program = """
import importlib, sys
from grader.checking.topic import find_topic
for exercise in find_topic("convolution").exercises:
    importlib.import_module(f"grader.exercises.convolution.test_{exercise}")
print("torch" in sys.modules)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"


@pytest.mark.parametrize(
    "source",
    [
        "import torch",
        "from torch.nn import functional",
        "__import__('torch')",
        "importlib.import_module('torch.nn')",
        "getattr(builtins, '__import__')('torch')",
    ],
)
def test_forbidden_imports_are_found_in_the_source(source):
    cells = {0: source, 1: "f" + "()" * 2000}  # calls of calls of calls, which nothing recursive survives
    assert forbidden_imports(cells, ("conv2d",), 0, frozenset({"torch"})) == {"torch"}
    assert forbidden_imports(cells, ("conv2d",), 1, frozenset({"torch"})) == set()
