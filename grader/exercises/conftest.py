"""`pytest grader/exercises/<topic> --submission NOTEBOOK`: the graders by hand, as usual with pytest."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from grader.autograde.intake import read_notebook
from grader.checking.device import DEVICES
from grader.checking.plugin import Run
from grader.checking.submission import is_test, open_run
from grader.checking.topic import MissingGrader, find_topic

RUN = pytest.StashKey[Run]()
POINTS = pytest.StashKey[dict[str, float]]()  # of each exercise, as its test cell says


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--submission", metavar="NOTEBOOK", help="the notebook to grade, for example convolution.ipynb"
    )
    parser.addoption(
        "--device",
        choices=DEVICES,
        default="auto",
        help="where training checks run; auto: on a GPU if there is one",
    )
    parser.addoption(
        "--unsafe-no-sandbox",
        action="store_true",
        help="run student code without a sandbox: it can read and change all that you can",
    )


def pytest_configure(config: pytest.Config) -> None:
    submission = config.getoption("--submission")
    if config.option.collectonly or config.option.help:
        return
    if submission is None:
        raise pytest.UsageError("these graders need a notebook: --submission PATH/NOTEBOOK.ipynb")
    path = Path(submission)
    if not path.is_file():
        raise pytest.UsageError(f"--submission {submission}: there is no such file")
    try:
        topic = find_topic(path.stem)
    except MissingGrader as error:
        raise pytest.UsageError(f"--submission {submission}: {error}") from None
    notebook, problems = read_notebook(path)
    for problem in problems:
        config.issue_config_time_warning(pytest.PytestWarning(problem), stacklevel=2)
    stack = contextlib.ExitStack()
    config.add_cleanup(stack.close)
    device, sandboxed = config.getoption("--device"), not config.getoption("--unsafe-no-sandbox")
    if not sandboxed:
        config.issue_config_time_warning(pytest.PytestWarning("graded without a sandbox"), stacklevel=2)
    run = stack.enter_context(open_run(notebook, topic, device=device, sandboxed=sandboxed))
    config.stash[RUN] = run
    config.stash[POINTS] = {
        cell.metadata.nbgrader.grade_id.removeprefix("test_"): cell.metadata.nbgrader.get("points")
        for cell in notebook.cells
        if is_test(cell)
    }
    config.pluginmanager.register(run)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Only the graders of the submission's own topic."""
    run = config.stash.get(RUN, None)
    if (
        run is not None
        and collection_path.name.startswith("test_")
        and collection_path.parent != run.topic.folder
    ):
        return True
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    run = config.stash.get(RUN, None)
    if run is None or not run.results:
        return
    terminalreporter.section("points")
    for exercise in run.topic.exercises:
        checks = [check for check in run.results if check.exercise == exercise]
        if checks:
            earned, total = sum(c.earned for c in checks), sum(c.points for c in checks)
            attempted = any(c.status != "not attempted" for c in checks)
            terminalreporter.line(
                f"{exercise:<20} {earned:4g} / {total:g}{'' if attempted else '  not attempted'}"
            )
    earned, total = sum(c.earned for c in run.results), sum(c.points for c in run.results)
    terminalreporter.line(f"{'total':<20} {earned:4g} / {total:g}")
    for exercise, stated in config.stash[POINTS].items():
        total = sum(check.points for check in run.results if check.exercise == exercise)
        if total and total != stated:
            terminalreporter.line(
                f"{exercise}: the checks add up to {total:g} points, the test cell says {stated:g}", red=True
            )
