"""Grades for other systems: through the real `nbgrader export`, with students called like formulas."""

from __future__ import annotations

import csv
import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from conftest import CONTRACT, fake_result, make_course, nbgrader, put_graded, read, run_grader
from nbgrader.api import Gradebook

from grader.report.exports import harmless

TOPIC, ASSIGNMENT = "convolution", "01-convolution"
EXPORTER = "--exporter=grader.report.exports."


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    course = make_course(tmp_path_factory.mktemp("exports"), TOPIC)
    results = [fake_result(TOPIC, exercise, "+-") for exercise in CONTRACT[TOPIC]]
    put_graded(
        course, "ada", results, first_name="Ada", last_name="Lovelace", lms_user_id="17", email="a@b.org"
    )
    put_graded(course, "=1+2", results, first_name="=cmd|' /C calc'!A0", last_name="-Ben; +1")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_student("chloe")
        grade = gradebook.find_grade("explain_convolution", TOPIC, ASSIGNMENT, "ada")
        grade.needs_manual_grade = True
        late = gradebook.find_submission(ASSIGNMENT, "=1+2")
        late.notebooks[0].late_submission_penalty = 3
        late.timestamp = datetime(2030, 1, 1)
        gradebook.db.commit()
    return course


def export(course: Path, exporter: str, *arguments: str) -> tuple[list[list[str]], str]:
    done = nbgrader(course, "export", f"{EXPORTER}{exporter}", "--to", "out.csv", *arguments)
    assert done.returncode == 0, done.stderr
    with (course / "out.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file)), done.stderr


def test_canvas(course):
    rows, log = export(course, "CanvasExporter")
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", ASSIGNMENT]
    assert rows[1] == ["    Points Possible", "", "", "", "", "22"]
    students = {row[3]: row for row in rows[2:]}
    assert students["ada"] == ["Lovelace, Ada", "17", "", "ada", "", "10"]
    assert students["'=1+2"] == ["'-Ben; '+1, '=cmd|' /C calc'!A0", "", "", "'=1+2", "", "7"]
    assert students["chloe"] == ["chloe", "", "", "chloe", "", ""]
    assert "1 submissions wait for marks by hand" in log


def test_moodle(course):
    rows, _ = export(course, "MoodleExporter", "--student=['ada']")
    assert rows == [
        ["First name", "Last name", "Username", "ID number", "Email address", ASSIGNMENT],
        ["Ada", "Lovelace", "ada", "17", "a@b.org", "10"],
    ]


@pytest.mark.parametrize("exporter", ["CanvasExporter", "MoodleExporter"])
def test_per_exercise(course, exporter):
    rows, _ = export(course, exporter, f"--{exporter}.per_exercise=True")
    points = {f"{ASSIGNMENT}: {name}": value for name, value in CONTRACT[TOPIC].items()}
    for row in rows[-3:]:
        cells = dict(zip(rows[0], row, strict=True))
        if "chloe" in row:
            assert all(cells[name] == "" for name in points)
        else:
            assert {name: float(cells[name]) for name in points} == {k: v / 2 for k, v in points.items()}
            assert cells[f"{ASSIGNMENT}: explain_{TOPIC}"] == "0"
            assert cells[f"{ASSIGNMENT}: late penalty"] == ("0" if "ada" in row else "-3")


@pytest.mark.parametrize(
    ("option", "name"), [("--assignment=['99-x']", "99-x"), ("--student=['zoe']", "zoe")]
)
def test_who_is_unknown_is_named(course, option, name):
    (course / "unknown.csv").unlink(missing_ok=True)
    done = nbgrader(course, "export", f"{EXPORTER}CanvasExporter", "--to", "unknown.csv", option)
    assert done.returncode != 0
    assert f"is called '{name}'" in done.stderr
    assert not (course / "unknown.csv").exists()


@pytest.mark.parametrize(
    "text",
    [
        "=1",
        "+1",
        "-1",
        "@x",
        "\t=1",
        " =1",
        "\r\n=1",
        "a;=1",
        "a, =1",
        "a\t=1",
        "\uff1d1",
        "\u00a0=1",
        "a\n=1;=2",
    ],
)
def test_formulas_become_text(text):
    done = harmless(text)
    assert not set("\t\r\n") & set(done)
    cells = re.split("[,;|\t\r\n]", done)  # in whatever way a locale splits
    assert not [cell for cell in cells if cell.strip()[:1] in tuple("=+-@\uff0b\uff0d\uff1d\uff20")]


@pytest.mark.parametrize("text", ["", "Ada", "O'Neil", "Anne-Marie", "a@b.org", "1+1", "    Points Possible"])
def test_ordinary_text_stays(text):
    assert harmless(text) == text


def test_gradescope(course):
    notebook = course / "autograded" / "ada" / ASSIGNMENT / f"{TOPIC}.ipynb"
    done = run_grader(course, "results", str(notebook))
    results = json.loads(done.stdout)
    assert results["score"] == sum(test["score"] for test in results["tests"]) == 10
    assert sum(test["max_score"] for test in results["tests"]) == 20
    first = results["tests"][0]
    assert (first["name"], first["status"]) == ("conv_output_size: Check 0 of `conv_output_size`", "passed")
    assert results["tests"][1]["status"] == "failed"
    assert {test["output_format"] for test in results["tests"]} == {"text"}
    assert run_grader(course, "results", str(notebook), "--output", "results.json").stdout == ""
    assert json.loads((course / "results.json").read_text()) == results


def test_gradescope_of_what_was_not_graded(course, tmp_path):
    (tmp_path / "x.ipynb").write_text("no notebook")
    (tmp_path / "released.ipynb").write_text(json.dumps(read("release", TOPIC)))
    for name, words in [
        ("x.ipynb", "is not a notebook"),
        ("y.ipynb", "there is no file"),
        ("released.ipynb", "has no results"),
    ]:
        done = run_grader(tmp_path, "results", name)
        assert done.returncode == 1
        assert words in done.stderr
