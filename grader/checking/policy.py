"""A look at the student's code without running it: imports that an exercise does not allow.

The kernel forbids the same imports while the code runs; this look also finds those that a solution
keeps for the right moment, and says so in words.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping
from itertools import islice

from IPython.core.inputtransformer2 import TransformerManager

MAX_SOURCE = 200_000
MAX_NODES = 100  # of an expression that is called


def forbidden_imports(
    sources: Mapping[int, str], defines: tuple[str, ...], own_cell: int | None, forbidden: frozenset[str]
) -> set[str]:
    """The forbidden packages that an exercise's code imports.

    sources: the code cells by index.
    defines: the names that the exercise defines; cells that bind one of them are looked at,
    own_cell: and so is the exercise's solution cell.
    """
    found: set[str] = set()
    for index, source in sources.items():
        bound, imported = _names(source)
        if index == own_cell or not bound.isdisjoint(defines):
            found |= imported & forbidden
    return found


def parse(source: str) -> ast.Module | None:
    """The syntax tree of a cell, magics included; None for a cell that cannot run."""
    if len(source) > MAX_SOURCE:
        return None
    try:
        return ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # it will not run either


@functools.lru_cache(maxsize=64)  # a notebook's cells, for each of its exercises
def _names(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell binds, and the packages that it imports."""
    tree = parse(source)
    return (set(), set()) if tree is None else (_bound(tree), _imported(tree))


def _bound(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def _imported(tree: ast.Module) -> set[str]:
    packages: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            packages |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            packages.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Call) and _mentions_import(node.func):
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    packages.add(argument.value.partition(".")[0])
    return packages


def _mentions_import(function: ast.expr) -> bool:
    """Whether what is called has to do with imports: `__import__`, `importlib.import_module` …"""
    # Not by ast.unparse: that is recursive, and calls of calls of calls would end it.
    return any(
        isinstance(text, str) and "import" in text
        for node in islice(ast.walk(function), MAX_NODES)
        for text in (getattr(node, name, None) for name in ("id", "attr", "arg", "value"))
    )
