"""Hands in a package `grader` whose check() gives full marks.

base: stub
loses: all
stock: run
"""


def add(folder):
    (folder / "grader").mkdir()
    (folder / "grader" / "__init__.py").write_text("check = lambda exercise: 2.0\n")
