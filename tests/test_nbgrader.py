"""The real nbgrader: a class of submissions, graded in one run, and what came of it."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from conftest import CONTRACT, ROOT, hand_in, make_course, nbgrader, read, solution_cells, solved
from nbgrader.api import Gradebook

TOPIC, ASSIGNMENT = "convolution", "01-convolution"
FULL = sum(CONTRACT[TOPIC].values())

#: Small limits, so that endless loops end soon.
LIMITS = """
c.GradeNotebook.cell_seconds = 4
c.GradeNotebook.check_seconds = 2
c.GradeNotebook.memory_bytes = 2 * 2**30
"""

HANG = "def conv2d(image, kernel, stride=1, padding=0):\n    while True:\n        pass"


def edited(edit):
    """A solved submission as JSON, changed by `edit` in place."""
    document = json.loads(nbformat.writes(solved(TOPIC)))
    edit(document)
    return json.dumps(document)


def with_conv2d(source: str):
    notebook = solved(TOPIC)
    solution_cells(notebook)["conv2d"].source = source
    return notebook


def with_cell(source: str, position: int = 3):
    notebook = solved(TOPIC)
    notebook.cells.insert(position, nbformat.v4.new_code_cell(source))
    return notebook


def meta(cell):
    return cell["metadata"].get("nbgrader", {})


def by_id(document, grade_id):
    return next(cell for cell in document["cells"] if meta(cell).get("grade_id") == grade_id)


def drop(*ids):
    def edit(document):
        document["cells"] = [cell for cell in document["cells"] if meta(cell).get("grade_id") not in ids]

    return edit


def forget_metadata(document):
    for cell in document["cells"]:
        cell["metadata"] = {}


def forge_metadata(document):
    for cell in document["cells"]:
        if meta(cell).get("grade"):
            meta(cell).update(points=1000, solution=True, locked=False, checksum="0")
    meta(by_id(document, "conv2d")).update(grade=True, points=1000)


#: student: submission, and the points that it deserves. Hostile and broken ones: tests/hostile.
CLASS = {
    "a-neighbour": (lambda: solved(TOPIC), FULL),
    "released": (lambda: read("release", TOPIC), 0),
    "empty": (lambda: "", 0),
    "no-metadata": (lambda: edited(forget_metadata), FULL),
    "forged-metadata": (lambda: edited(forge_metadata), FULL),
    "no-answer": (lambda: edited(drop("explain_convolution")), FULL),
    "reordered": (lambda: edited(lambda d: d["cells"].reverse()), FULL),
    "hang": (lambda: with_conv2d(HANG), FULL - 5),
    "scripted": (
        lambda: with_cell("from IPython.display import HTML\nHTML('<script>alert(1)</script><b>bold</b>')"),
        FULL,
    ),
    "scripted-text": (
        lambda: edited(
            lambda d: by_id(d, "explain_convolution").update(source="<img src=x onerror=alert(1)> x")
        ),
        FULL,
    ),
    "linked": (lambda: solved(TOPIC), 0),
    "z-neighbour": (lambda: solved(TOPIC), FULL),
}


@dataclass
class Graded:
    """A graded course: nbgrader's log, and where everything is."""

    course: Path
    log: str
    returncode: int

    def gradebook(self) -> Gradebook:
        return Gradebook(f"sqlite:///{self.course / 'gradebook.db'}")

    def score(self, student: str) -> float:
        with self.gradebook() as gradebook:
            return gradebook.find_submission(ASSIGNMENT, student).score

    def notebook(self, student: str) -> nbformat.NotebookNode:
        return nbformat.read(
            self.course / "autograded" / student / ASSIGNMENT / f"{TOPIC}.ipynb", as_version=4
        )

    def feedback(self, student: str) -> str:
        return (self.course / "feedback" / student / ASSIGNMENT / f"{TOPIC}.html").read_text()


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Graded:
    course = make_course(tmp_path_factory.mktemp("class"), TOPIC, settings=LIMITS)
    for student, (make, _) in CLASS.items():
        hand_in(course, student, make())
    (course / "submitted" / "linked" / ASSIGNMENT / "notes.txt").symlink_to("/etc/hostname")
    done = nbgrader(course, "autograde", ASSIGNMENT)
    assert (course / "autograded").exists(), done.stderr[-5000:]
    assert nbgrader(course, "generate_feedback", ASSIGNMENT).returncode == 0
    return Graded(course, done.stdout + done.stderr, done.returncode)


@pytest.mark.parametrize("student", CLASS)
def test_points(graded, student):
    assert graded.score(student) == CLASS[student][1]


def test_a_refused_submission_is_named(graded):
    lines = [line for line in graded.log.splitlines() if "'linked'" in line]
    assert any("refused" in line and "notes.txt (a symbolic link)" in line for line in lines)
    assert not (graded.course / "autograded" / "linked" / ASSIGNMENT).exists()
    assert graded.returncode != 0  # nbgrader's summary names it again


def test_each_exercise_has_its_own_grade(graded):
    with graded.gradebook() as gradebook:
        entry = gradebook.find_submission_notebook(TOPIC, ASSIGNMENT, "hang")
        scores = {grade.name.removeprefix("test_"): grade.auto_score for grade in entry.grades}
    assert scores == {**CONTRACT[TOPIC], "conv2d": 0, "explain_convolution": 0}


def test_the_question_in_words_waits_for_a_human(graded):
    with graded.gradebook() as gradebook:
        flags = {
            student: gradebook.find_grade(
                "explain_convolution", TOPIC, ASSIGNMENT, student
            ).needs_manual_grade
            for student in ("released", "no-answer", "empty")
        }
    assert flags == {"released": False, "no-answer": True, "empty": False}


def test_feedback_is_a_table_without_secrets(graded):
    page = graded.feedback("hang")
    assert "convolution/conv2d: 0 of 5 points" in page
    assert "convolution/pooling: 3 of 3 points" in page
    for secret in ("HIDDEN TESTS", "grader.checking", "Traceback (most recent call last)", "/grader/"):
        assert secret not in page


def test_scripts_of_students_do_not_reach_the_pages(graded):
    output = str([cell.get("outputs") for cell in graded.notebook("scripted").cells])
    assert "<script" not in output
    assert "alert(1)" in output  # as text
    answer = by_id(graded.notebook("scripted-text"), "explain_convolution").source
    assert answer.startswith("&lt;img")
    assert "<details>" in graded.feedback("scripted-text")  # the course's own markup stays


def test_autograded_notebooks_hold_one_trusted_result_a_test(graded):
    for student in ("a-neighbour", "forged-metadata", "reordered"):
        tests = [
            cell
            for cell in graded.notebook(student).cells
            if meta(cell).get("grade") and cell.cell_type == "code"
        ]
        assert len(tests) == 5
        for cell in tests:
            (output,) = cell.outputs
            assert output.output_type == "execute_result"
            assert float(output.data["text/plain"]) == cell.metadata.nbgrader.points


def test_submissions_are_not_changed(graded):
    original = graded.course / "submitted" / "no-metadata" / ASSIGNMENT / f"{TOPIC}.ipynb"
    assert original.read_text() == edited(forget_metadata)


def test_export(graded):
    assert nbgrader(graded.course, "export", "--to", "grades.csv").returncode == 0
    with open(graded.course / "grades.csv") as file:
        rows = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert rows["a-neighbour"] == FULL
    assert rows["linked"] == rows["empty"] == 0


def test_regrading_one_student_from_another_folder(graded, tmp_path):
    command = ["autograde", ASSIGNMENT, "--student", "z-neighbour", f"--course-dir={graded.course}"]
    skipped = nbgrader(tmp_path, *command)
    assert skipped.returncode == 0
    assert "Skipping existing assignment" in skipped.stderr
    again = nbgrader(tmp_path, *command, "--force")
    assert again.returncode == 0, again.stderr
    assert graded.score("z-neighbour") == FULL
    assert "a-neighbour" not in again.stderr.replace("z-neighbour", "")


def test_a_manual_mark_counts(graded):
    with graded.gradebook() as gradebook:
        grade = gradebook.find_grade("explain_convolution", TOPIC, ASSIGNMENT, "no-answer")
        grade.manual_score = 2
        grade.needs_manual_grade = False
        gradebook.db.commit()
    assert graded.score("no-answer") == FULL + 2


@pytest.fixture
def course(tmp_path) -> Path:
    course = make_course(tmp_path, TOPIC)
    hand_in(course, "alice", solved(TOPIC))
    return course


def test_a_broken_configuration_gives_no_points(course):
    """nbgrader by itself logs the error and goes on without the configuration."""
    (course / "nbgrader_config.py").write_text("raise RuntimeError('a slip of the keyboard')\n")
    done = nbgrader(course, "autograde", ASSIGNMENT)
    assert "a slip of the keyboard" in done.stderr
    graded = Graded(course, done.stderr, done.returncode)
    assert graded.score("alice") == 0
    said = str([cell.get("outputs") for cell in graded.notebook("alice").cells])
    assert "without the course's nbgrader_config.py" in said


def test_a_broken_configuration_can_be_made_to_stop_nbgrader(course):
    (course / "nbgrader_config.py").write_text("raise RuntimeError('a slip of the keyboard')\n")
    done = nbgrader(course, "autograde", ASSIGNMENT, TRAITLETS_APPLICATION_RAISE_CONFIG_FILE_ERROR="1")
    assert done.returncode != 0
    assert not (course / "autograded").exists()


def test_in_process_grading_is_an_explicit_choice(course):
    (course / "nbgrader_config.py").unlink()
    done = nbgrader(course, "autograde", ASSIGNMENT, GRADER_IN_PROCESS="1")
    assert done.returncode == 0, done.stderr
    assert Graded(course, done.stderr, 0).score("alice") == FULL


def test_a_missing_grader_gives_no_points(course):
    # The teacher adds an exercise and forgets its grader.
    path = course / "source" / ASSIGNMENT / f"{TOPIC}.ipynb"
    path.write_text(path.read_text().replace('"grade_id": "test_conv2d"', '"grade_id": "test_convolve"'))
    assert nbgrader(course, "generate_assignment", ASSIGNMENT, "--force").returncode == 0
    done = nbgrader(course, "autograde", ASSIGNMENT)
    assert re.search(r"ERROR.*alice.*no points: there is no grader for convolution/convolve", done.stderr)
    assert Graded(course, done.stderr, done.returncode).score("alice") == 0


def test_points_that_disagree_with_the_notebook_give_none(course):
    path = course / "source" / ASSIGNMENT / f"{TOPIC}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    by_id(notebook, "test_conv2d").metadata.nbgrader.points = 6
    nbformat.write(notebook, path)
    assert nbgrader(course, "generate_assignment", ASSIGNMENT, "--force").returncode == 0
    done = nbgrader(course, "autograde", ASSIGNMENT)
    assert done.returncode != 0
    assert "add up to 5 points, its test cell is worth 6" in done.stderr


def test_a_misnamed_notebook_is_named_in_the_log(course):
    folder = course / "submitted" / "alice" / ASSIGNMENT
    (folder / f"{TOPIC}.ipynb").rename(folder / "Untitled.ipynb")
    done = nbgrader(course, "autograde", ASSIGNMENT)
    assert "Untitled.ipynb" in done.stderr
    assert done.returncode != 0


def test_students_can_validate_without_this_repository(tmp_path):
    """`nbgrader validate`, in a folder with nothing but the notebook."""
    notebook = solved(TOPIC)
    by_id(notebook, "explain_convolution").source = "Because every position shares its weights."
    nbformat.write(notebook, tmp_path / "solved.ipynb")
    nbformat.write(read("release", TOPIC), tmp_path / "released.ipynb")
    assert "Success" in nbgrader(tmp_path, "validate", "solved.ipynb").stdout
    failed = nbgrader(tmp_path, "validate", "released.ipynb").stdout
    assert "VALIDATION FAILED ON 6 CELL(S)" in failed
    assert failed.count("NotImplementedError") >= 5


@pytest.mark.parametrize("submission", ["source", "solved"])
def test_pytest_by_hand(tmp_path, submission):
    path = ROOT / "source" / ASSIGNMENT / f"{TOPIC}.ipynb"
    if submission == "solved":
        path = tmp_path / f"{TOPIC}.ipynb"
        nbformat.write(solved(TOPIC, "conv2d"), path)
    command = ["pytest", "grader/exercises/convolution", "--submission", str(path), "-v"]
    done = subprocess.run(
        [os.path.join(os.path.dirname(os.sys.executable), command[0]), *command[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if submission == "source":
        assert done.returncode == 0, done.stdout
        assert re.search(rf"total +{FULL} / {FULL}", done.stdout)
    else:
        assert done.returncode == 1
        assert re.search(rf"total +5 / {FULL}", done.stdout)
        assert re.search(r"pooling +0 / 3 +not attempted", done.stdout)
