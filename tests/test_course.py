"""Every assignment through the real nbgrader: from master notebook to grade and feedback page."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import CONTRACT, TOPICS, hand_in, make_course, nbgrader, read, solved
from nbgrader.api import Gradebook
from test_notebooks import leaks, secret_lines

QUICK = ("convolution", "lstm")


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in TOPICS],
)
def graded(request, tmp_path_factory) -> tuple[str, Path]:
    """A course in which students solved all of a topic, its second exercise, all wrongly, and nothing."""
    topic = request.param
    course = make_course(tmp_path_factory.mktemp(topic), topic)
    hand_in(course, "all", solved(topic), topic)
    hand_in(course, "second", solved(topic, list(CONTRACT[topic])[1]), topic)
    wrong = read("release", topic)
    hand_in(course, "nothing", wrong, topic)
    for cell in wrong.cells:
        cell.source = cell.source.replace("raise NotImplementedError", "return None")
    hand_in(course, "wrong", wrong, topic)
    for command in ("autograde", "generate_feedback"):
        done = nbgrader(course, command, TOPICS[topic])
        assert done.returncode == 0, done.stderr
        assert "ERROR" not in done.stderr
    return topic, course


def scores(course: Path, topic: str, student: str) -> dict[str, float]:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grades = gradebook.find_submission_notebook(topic, TOPICS[topic], student).grades
        return {
            grade.name.removeprefix("test_"): grade.auto_score
            for grade in grades
            if grade.auto_score is not None
        }


def test_points(graded):
    topic, course = graded
    second = list(CONTRACT[topic])[1]
    nothing = {**dict.fromkeys(CONTRACT[topic], 0), f"explain_{topic}": 0}
    assert scores(course, topic, "all") == {**nothing, **CONTRACT[topic]}
    assert scores(course, topic, "second") == {**nothing, second: CONTRACT[topic][second]}
    assert scores(course, topic, "nothing") == scores(course, topic, "wrong") == nothing


def test_feedback_pages(graded):
    topic, course = graded
    pages = {
        student: (course / "feedback" / student / TOPICS[topic] / f"{topic}.html").read_text()
        for student in ("all", "nothing")
    }
    for exercise, points in CONTRACT[topic].items():
        assert f"{topic}/{exercise}: {points} of {points} points" in pages["all"]
        assert f"{topic}/{exercise}: 0 of {points} points" in pages["nothing"]
    assert pages["nothing"].count(">Not attempted: ") == len(CONTRACT[topic])


def test_nothing_leaks(graded):
    """Neither solutions nor graders come back with what a student got wrong."""
    topic, course = graded
    for folder in ("autograded/wrong", "feedback/wrong", "autograded/nothing", "feedback/nothing", "release"):
        assert list((course / folder).rglob(f"{topic}.*"))
        assert leaks(course / folder, secret_lines(topic)) == []
