"""`make demo`: from master notebook to grades with a made-up class, in a scratch course folder."""

from __future__ import annotations

import argparse
import html
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from demo.classroom import fill
from grader.autograde.intake import NOTE
from grader.checking.topic import all_topics, find_topic

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Run the demonstration and print what came out."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="all, if none is named")
    parser.add_argument("--folder", type=Path, help="for the scratch course (default: build/demo, made anew)")
    options = parser.parse_args()
    classes = {path.name for path in (ROOT / "demo").iterdir() if path.is_dir()}
    assignments = {topic.assignment: topic.name for topic in all_topics() if topic.assignment in classes}
    for unknown in set(options.assignments) - set(assignments):
        parser.error(f"there is no class for {unknown!r}, only for {', '.join(assignments)}")
    if options.assignments:
        assignments = {name: assignments[name] for name in options.assignments}
    if options.folder and options.folder.exists():
        parser.error(f"{options.folder} is there already; name a new folder")
    course = (options.folder or ROOT / "build" / "demo").resolve()
    say(f"A scratch course in {_short(course)}; your own gradebook and submissions are not touched.")
    if course.exists():
        shutil.rmtree(course)
    course.mkdir(parents=True)
    settings = (ROOT / "nbgrader_config.py").read_text()
    # Dmitri's endless loop is given less time than yours would be.
    (course / "nbgrader_config.py").write_text(f"{settings}c.GradeNotebook.check_seconds = 5\n")
    shutil.copytree(ROOT / "source", course / "source")
    for assignment, topic in assignments.items():
        say(f"{assignment}: making the student version (nbgrader generate_assignment) …")
        nbgrader(course, "generate_assignment", assignment)
        students = hand_in(course, assignment, topic)
        say(f"{assignment}: grading {', '.join(students)} (nbgrader autograde) …")
        nbgrader(course, "autograde", assignment)
        say(f"{assignment}: writing feedback pages (nbgrader generate_feedback) …")
        nbgrader(course, "generate_feedback", assignment)
    nbgrader(course, "export", "--to", "grades.csv")
    for assignment, topic in assignments.items():
        print()
        print_table(course, assignment, topic)
    print()
    print("Where to look")
    print(f"  grades          {_short(course / 'grades.csv')}")
    print(f"  feedback pages  {_short(course / 'feedback')}/<student>/<assignment>/<notebook>.html")
    print(f"  the gradebook   start `jupyter lab` in {_short(course)}, menu Nbgrader, Formgrader:")
    print("                  there the questions in words wait for their marks")
    return 0


def say(text: str) -> None:
    """Tell the reader what is happening."""
    print(f"• {text}", flush=True)


def nbgrader(course: Path, *arguments: str) -> None:
    """Run an nbgrader command in the course folder; stop with its output if it fails."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, env=environment())
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        raise SystemExit(f"`nbgrader {' '.join(arguments)}` failed; its output stands above.")


def environment() -> dict[str, str]:
    """nbgrader finds its helpers by PATH, and must stop at a broken configuration."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "TRAITLETS_APPLICATION_RAISE_CONFIG_FILE_ERROR": "1"}


def hand_in(course: Path, assignment: str, topic: str) -> list[str]:
    """Put the class's submissions into submitted/ and return the students' names."""
    release = nbformat.read(course / "release" / assignment / f"{topic}.ipynb", as_version=4)
    students = []
    for path in sorted((ROOT / "demo" / assignment).iterdir()):
        if path.suffix not in (".py", ".damaged"):
            continue
        folder = course / "submitted" / path.stem / assignment
        folder.mkdir(parents=True)
        target = folder / f"{topic}.ipynb"
        if path.suffix == ".py":
            nbformat.write(fill(release, path.read_text(), find_topic(topic)), target)
        else:
            shutil.copy(path, target)
        students.append(path.stem)
    return students


def print_table(course: Path, assignment: str, topic: str) -> None:
    """Students × exercises, and for each lost point the first reason."""
    exercises = list(find_topic(topic).exercises)
    url = f"sqlite:///{course / 'gradebook.db'}"
    with Gradebook(url) as gradebook:
        entry = gradebook.find_notebook(topic, assignment)
        points = {cell.name.removeprefix("test_"): cell.max_score for cell in entry.grade_cells}
        rows = {}
        for submission in sorted(
            gradebook.assignment_submissions(assignment), key=lambda each: each.student.id
        ):
            grades = submission.notebooks[0].grades
            rows[submission.student.id] = {grade.name.removeprefix("test_"): grade for grade in grades}
    words = f"explain_{topic}"
    width = max(map(len, exercises)) + 2
    print(f"{assignment:<16}" + "".join(f"{name:>{width}}" for name in [*exercises, "in words", "total"]))
    header = [points[name] for name in [*exercises, words]]
    print(f"{'  points':<16}" + "".join(f"{value:>{width}g}" for value in [*header, sum(header)]))
    for student, grades in rows.items():
        scores = [grades[name].score for name in exercises]
        answer = "to mark" if grades[words].needs_manual_grade else f"{grades[words].score:g}"
        cells = [*(f"{score:g}" for score in scores), answer, f"{sum(scores) + (grades[words].score or 0):g}"]
        print(f"{student:<16}" + "".join(f"{cell:>{width}}" for cell in cells))
    print("\nWhy points were lost")
    for student in rows:
        graded = nbformat.read(course / "autograded" / student / assignment / f"{topic}.ipynb", as_version=4)
        for line in reasons(graded):
            print(f"  {student:<8} {line}")


def reasons(notebook: nbformat.NotebookNode) -> list[str]:
    """One line for each exercise that lost points, those not attempted together."""
    first = notebook.cells[0].source
    if NOTE in first and "could not be read" in first:
        return [html.unescape(first.partition("- ")[2])]
    lines, missing = [], []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            result = output.get("metadata", {}).get("grader")
            lost = [check for check in result["checks"] if check["status"] != "passed"] if result else []
            if lost and all(check["status"] == "not attempted" for check in result["checks"]):
                missing.append(result["exercise"])
            elif lost:
                check = next((check for check in lost if check["mistake"]), lost[0])
                lines.append(f"{result['exercise']}: {check['mistake'] or check['message']}")
    if missing:
        lines.append(f"not attempted: {', '.join(missing)}")
    return lines


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


if __name__ == "__main__":
    raise SystemExit(main())
