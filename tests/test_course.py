"""Every assignment through the real nbgrader: from master notebook to grade and feedback page."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import CONTRACT, TOPICS, hand_in, make_course, nbgrader, read, solved
from nbgrader.api import Gradebook


@pytest.fixture(scope="module", params=TOPICS)
def graded(request, tmp_path_factory) -> tuple[str, Path]:
    """A course in which one student solved a topic, one solved its second exercise, and one nothing."""
    topic = request.param
    course = make_course(tmp_path_factory.mktemp(topic), topic)
    hand_in(course, "all", solved(topic), topic)
    hand_in(course, "second", solved(topic, list(CONTRACT[topic])[1]), topic)
    hand_in(course, "nothing", read("release", topic), topic)
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
    assert scores(course, topic, "nothing") == nothing


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
