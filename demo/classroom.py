"""Making submissions: a student's code, one plain Python file, put into the cells of a notebook."""

from __future__ import annotations

import ast
import copy

from nbformat import NotebookNode

from grader.checking.topic import Topic

ANSWER = "ANSWER"  # in a student's file, the text of the answer in words


def fill(release: NotebookNode, code: str, topic: Topic) -> NotebookNode:
    """The student version `release` with the solutions of `code` in its cells.

    What defines an exercise's name goes into that exercise's cell; what stands before it (imports,
    helpers, comments) goes along. Exercises that `code` does not define keep their stubs.
    """
    notebook = copy.deepcopy(release)
    cells = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    for exercise, source in split(code, topic).items():
        cells[exercise].source = source
    for node in ast.parse(code).body:
        if ANSWER in _names(node):
            cells[f"explain_{topic.name}"].source = ast.literal_eval(node.value)
    return notebook


def split(code: str, topic: Topic) -> dict[str, str]:
    """The part of `code` that belongs to each exercise."""
    owner = {name: exercise for exercise, names in topic.exercises.items() for name in names}
    lines = code.splitlines(keepends=True)
    parts: dict[str, str] = {}
    start, exercise = 0, None
    for node in ast.parse(code).body:
        if ANSWER in _names(node):
            start = node.end_lineno or 0
            continue
        exercise = next((owner[name] for name in _names(node) if name in owner), None)
        if exercise is not None:
            parts[exercise] = parts.get(exercise, "") + "".join(lines[start : node.end_lineno])
            start = node.end_lineno or 0
            last = exercise
    if parts:
        parts[last] += "".join(lines[start:])
    return {name: part.strip() for name, part in parts.items()}


def _names(node: ast.stmt) -> list[str]:
    """The names that a top-level statement binds."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    if isinstance(node, ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    return []
