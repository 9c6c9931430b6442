"""The class report: its figures from what grading leaves, and a page that is safe and readable."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import numpy as np
import pytest
from conftest import (
    CONTRACT,
    fake_result,
    grade_notebook,
    make_course,
    put_graded,
    run_grader,
    solution_cells,
    solved,
)
from nbgrader.api import Gradebook
from scipy.stats import pointbiserialr

from grader.checking import calibration
from grader.checking.topic import find_topic
from grader.kernel.faults import Limits
from grader.report.results import ClassResults, Exercise, Submission, read_exercises
from grader.report.summary import discrimination, reasons, summarise

TOPIC, ASSIGNMENT = "convolution", "01-convolution"
EVIL = "<script>alert(1)</script>"


def results(*patterns: str, **fields) -> list[dict]:
    """One pattern an exercise, as `fake_result` reads it."""
    return [fake_result(TOPIC, *pair, **fields) for pair in zip(CONTRACT[TOPIC], patterns, strict=True)]


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    course = make_course(tmp_path_factory.mktemp("report"), TOPIC)
    put_graded(course, "ada", results("++", "++", "++", "++", "++"), first_name="Ada", last_name=EVIL)
    put_graded(course, "ben", results("++", "++", "+-", "--", "--", mistake_name="m", mistake=EVIL))
    put_graded(course, "chloe", results("++", "+-", "+-", "00", "00", fault="timeout"))
    put_graded(course, "dora", results("++", "--", "--", "00", "00", fault="died"))
    put_graded(course, "emil", results("++", "++", "++", "--", "++", status="error"))
    put_graded(course, "frida", results("00", "00", "00", "00", "00"))
    forger = put_graded(course, "gus", [])
    forged = fake_result(TOPIC, "conv2d", "++")
    output = nbformat.v4.new_output("display_data", {"text/plain": "5"}, metadata={"grader": forged})
    forger.cells.append(nbformat.v4.new_code_cell("display()", outputs=[output]))
    nbformat.write(forger, course / "autograded" / "gus" / ASSIGNMENT / f"{TOPIC}.ipynb")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.find_grade("explain_convolution", TOPIC, ASSIGNMENT, "ada").needs_manual_grade = True
        gradebook.update_or_create_student("henry")
        gradebook.update_or_create_submission(ASSIGNMENT, "henry")
        gradebook.db.commit()
    return course


@pytest.fixture(scope="module")
def page(course) -> str:
    done = run_grader(course, "report", ASSIGNMENT)
    assert done.returncode == 0, done.stderr
    return (course / done.stdout.strip()).read_text()


@pytest.fixture(scope="module")
def named(course) -> str:
    done = run_grader(course, "report", ASSIGNMENT, "--names", "--output", "named.html")
    assert done.returncode == 0, done.stderr
    return (course / "named.html").read_text()


def text(html: str) -> str:
    """What a reader sees, white space as single blanks."""
    words: list[str] = []
    parser = HTMLParser()
    parser.handle_data = words.append
    parser.feed(html.partition("</style>")[2])
    return " ".join(" ".join(words).split())


def rows(html: str) -> list[list[str]]:
    return [
        [text(f"</style>{cell}") for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    ]


def test_discrimination_is_the_point_biserial_correlation():
    rng = np.random.default_rng(0)
    passed = [float(value) for value in rng.integers(0, 2, 40)]
    rest = [float(value) for value in rng.normal(size=40)]
    assert discrimination(passed, rest) == pytest.approx(pointbiserialr(passed, rest).statistic)


@pytest.mark.parametrize(
    ("passed", "rest"),
    [([1.0] * 8, range(8)), ([0.0] * 8, range(8)), ([0.0, 1.0] * 4, [3.0] * 8), ([0.0, 1.0], [1.0, 2.0])],
    ids=["all passed", "none passed", "rest constant", "too few"],
)
def test_discrimination_that_is_not_defined(passed, rest):
    assert discrimination(passed, list(rest)) is None


def test_the_table_of_exercises(page):
    cells = {row[0]: row[1:] for row in rows(page) if len(row) == 10}
    # points, mean share, full, some, wrong, not attempted, discrimination, seconds
    assert cells["conv_output_size"][:6] == ["2", "100 %", "5", "0", "0", "0"]
    assert cells["conv_output_size"][6] == "–"
    assert cells["conv2d"][:6] == ["5", "70 %", "3", "1", "1", "0"]
    assert float(cells["conv2d"][6]) > 0.5
    assert cells["conv2d_batch"][:6] == ["5", "20 %", "1", "0", "2", "2"]
    assert cells["conv2d_batch"][7:] == ["0.50", "0.50"]


def test_the_table_of_checks(page):
    cells = {row[0]: row[1:] for row in rows(page) if len(row) == 5}
    assert cells["Check 1 of conv2d"][:3] == ["2.5", "3 of 5", "60 %"]
    assert "<code>conv2d</code>" in page


def test_mistakes_are_counted_by_submission(page):
    (row,) = [row for row in rows(page) if row and row[0] == "pooling" and len(row) == 3]
    assert row[1:] == [EVIL, "1"]


def test_who_needs_a_look(named):
    looks = {row[0].partition(",")[0]: row[2] for row in rows(named) if len(row) == 3}
    assert "to be marked by hand: explain_convolution" in next(v for k, v in looks.items() if "ada" in k)
    assert "conv2d: a check ran out of time" in looks["chloe"]
    assert "conv2d: a check ended the student's process" in looks["dora"]
    assert "conv2d_batch: the grader itself failed" in looks["emil"]
    assert "grading left no results" in looks["gus"]
    assert "no graded notebook" in looks["henry"]
    assert not {"ben", "frida"} & looks.keys()


def test_nobody_is_named_unless_asked_for(page, named):
    for student in ("ada", "chloe", "dora", "emil", "gus", "henry"):
        assert re.search(rf"\b{student}\b", named, re.IGNORECASE)
        assert not re.search(rf"\b{student}\b", page, re.IGNORECASE)


def test_what_students_wrote_is_text(page, named):
    for html in (page, named):
        assert "<script" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_the_page_loads_nothing(page):
    links = set(re.findall(r"""(?:src|href)=["']([^"']*)""", page))
    assert all(link.startswith("#") for link in links)
    assert "@import" not in page
    assert set(re.findall(r"url\(([^)]*)\)", page)) <= {f"#{name}" for name in ids(page)}


def ids(html: str) -> list[str]:
    return re.findall(r'\bid="([^"]*)"', html)


def test_the_page_can_be_read_with_keyboard_and_screen_reader(page):
    assert len(ids(page)) == len(set(ids(page)))
    assert {link[1:] for link in re.findall(r'href="(#[^"]*)"', page)} <= set(ids(page))
    assert set(re.findall(r'aria-labelledby="([^"]*)"', page)) <= set(ids(page))
    assert '<html lang="en">' in page
    assert page.index('class="skip"') < page.index("<header>") < page.index("<main")
    assert all("scope=" in attributes for attributes in re.findall(r"<th\b([^>]*)>", page))
    assert page.count("<figcaption>") == page.count("<figure>") == page.count("<svg ") == 2
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    assert not re.search(r"#01020\d", page)  # each stand-in became a colour of the style sheet


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["report", "99-nothing"], "no assignment is called '99-nothing'; the gradebook has 01-convolution"),
        (["report", "../../etc"], "no assignment is called"),
    ],
)
def test_bad_input(course, arguments, words):
    done = run_grader(course, *arguments)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_graded_yet(tmp_path):
    assert "no nbgrader_config.py here" in run_grader(tmp_path, "report", ASSIGNMENT).stderr
    make_course(tmp_path, TOPIC)
    done = run_grader(tmp_path, "report", ASSIGNMENT)
    assert done.returncode == 1
    assert f"run `nbgrader autograde {ASSIGNMENT}`" in done.stderr
    (tmp_path / "gradebook.db").unlink()
    assert "there is no gradebook yet" in run_grader(tmp_path, "report", ASSIGNMENT).stderr
    assert not (tmp_path / "gradebook.db").exists()


def submission(*exercises: dict) -> Submission:
    plain = [Exercise(each["exercise"], each["points"], each["score"], each["checks"]) for each in exercises]
    return Submission("x", "", "", "", 1, 0, [], Path(__file__), {each.name: each for each in plain})


@pytest.mark.parametrize(("distance", "near"), [(0.5, True), (-0.5, True), (3, False), (-3, False)])
def test_near_a_threshold(distance, near):
    stored = calibration.load()["cnn/fit"]
    result = fake_result("cnn", "fit", "+")
    result["checks"][0].update(
        measured=stored.threshold + distance * stored.spread, threshold=stored.threshold
    )
    assert bool(reasons(submission(result), "cnn")) is near
    assert reasons(submission(fake_result("cnn", "fit", "+")), "cnn") == []


def test_a_class_in_which_nobody_did_anything():
    blank = submission(*results("00", "00", "00", "00", "00"))
    summary = summarise(ClassResults(ASSIGNMENT, TOPIC, 22, dict(CONTRACT[TOPIC]), [blank]))
    assert summary.took_part == []
    assert all(exercise.mean == 0 for exercise in summary.exercises)


def test_grading_records_seconds_and_faults():
    """The real engine leaves what the report reads."""
    notebook = solved(TOPIC)
    solution_cells(notebook)["pooling"].source = "def max_pool2d(image, size=2, stride=None):\n    while 1: 0"
    limits = Limits(check_seconds=1)
    done = grade_notebook(notebook, find_topic(TOPIC), ["conv_output_size", "pooling"], limits)
    for result in done.values():
        assert sum(check["seconds"] for check in result.to_dict()["checks"]) > 0
    assert "timeout" in [check["fault"] for check in done["pooling"].to_dict()["checks"]]
    assert {check["fault"] for check in done["conv_output_size"].to_dict()["checks"]} == {""}


def test_results_of_notebooks_without_any():
    assert read_exercises(solved(TOPIC)) == {}
