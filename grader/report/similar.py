"""`grader similar`: pairs of submissions that share more than the course and the common solution explain.

What is compared is, for each exercise, the definitions that solve it and the helpers that they use, wherever
they stand in the notebook. Names that the student chose, strings, comments and annotations do not count.
The rest becomes overlapping runs of WINDOW tokens. Runs that stand in the starter code or the master solution
are left out, and so are those that many submissions share; the others are weighed by how rare they are in the
class (TF-IDF). The page shows what two submissions have in common. It does not know why.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Final

import nbformat
from nbformat import NotebookNode
from sklearn.feature_extraction.text import TfidfVectorizer

from grader.checking.policy import parse
from grader.checking.submission import is_test, master_cells
from grader.checking.topic import MissingGrader, find_topic
from grader.report import ReportError
from grader.report.page import write_page
from grader.report.report import FOLDER
from grader.report.results import ClassResults, Course, Submission, load_results

WINDOW: Final = 8  # tokens in a run
ALIKE: Final = 0.5  # cosine; independent right solutions in tests/solutions reach 0.32 at most
SHARED: Final = 20  # runs that a pair must share at least: short exercises have only so many solutions
COMMON: Final = 5, 0.2  # runs in more than 5 submissions, or a fifth of them, are the common solution
MOST_PAIRS: Final = 100  # that are shown side by side
MOST_LINES: Final = 1000  # of one solution that are compared


@dataclass(frozen=True)
class Line:
    """One statement, or the head of a compound one: its own text, and what is compared of it."""

    text: str
    tokens: tuple[str, ...]


@dataclass(frozen=True)
class Side:
    """A row of the side-by-side view; mark: "same", "moved" (the same elsewhere) or empty."""

    left: str
    right: str
    mark: str


@dataclass(frozen=True)
class Match:
    """One exercise of two submissions: cosine of the weighed runs, how many they share, and the code."""

    exercise: str
    similarity: float
    shared: int
    rows: list[Side]


@dataclass(frozen=True)
class Pair:
    """Two submissions and the exercises in which they are alike, the most alike first."""

    left: Submission
    right: Submission
    matches: list[Match]


def write_similar(assignment: str, names: bool = False, output: Path | None = None) -> Path:
    """Write the page and return where it is. Students stand on it by number, unless `names`.

    Raises ReportError.
    """
    results = load_results(Course.here(), assignment)
    pairs, unread = find_pairs(results)
    path = output or FOLDER / f"{assignment}-similar.html"
    write_page(
        path,
        "similar.html",
        results=results,
        pairs=pairs[:MOST_PAIRS],
        left_out=max(0, len(pairs) - MOST_PAIRS),
        unread=unread,
        names=names,
    )
    return path


def find_pairs(results: ClassResults) -> tuple[list[Pair], list[Submission]]:
    """The pairs, the most alike first, and the submissions with cells that could not be compared.

    Raises ReportError.
    """
    try:
        topic = find_topic(results.topic)
    except MissingGrader as error:
        raise ReportError(str(error)) from None
    master = master_cells(topic)
    starter = _starter(master)
    given = {cell.source for cell in starter}
    submissions = [each for each in results.submissions if each.path.is_file()]
    code, unread = [], []
    for submission in submissions:
        notebook = nbformat.read(submission.path, as_version=4)
        cells = [cell for cell in notebook.cells if is_students(cell) and cell.source not in given]
        code.append(definitions(cells))
        if None in map(read_cell, cells):
            unread.append(submission)
    found: dict[tuple[int, int], list[Match]] = {}
    known = [definitions(master), definitions(starter)]
    for exercise, defined in topic.exercises.items():
        solutions = [solution(each, defined) for each in code]
        for left, right, similarity, shared in alike(solutions, [solution(each, defined) for each in known]):
            rows = side_by_side(solutions[left], solutions[right])
            found.setdefault((left, right), []).append(Match(exercise, similarity, shared, rows))
    pairs = [
        Pair(submissions[left], submissions[right], sorted(matches, key=lambda match: -match.similarity))
        for (left, right), matches in found.items()
    ]
    pairs.sort(key=lambda pair: (-len(pair.matches), -pair.matches[0].similarity))
    return pairs, unread


def is_students(cell: NotebookNode) -> bool:
    """Whether a student may have written the cell."""
    meta = cell.metadata.get("nbgrader") or {}
    return cell.cell_type == "code" and not is_test(cell) and not meta.get("locked")


def _starter(master: list[NotebookNode]) -> list[NotebookNode]:
    """The master's code cells without its solutions."""
    cells = []
    for cell in master:
        source = re.sub(
            r"### BEGIN SOLUTION.*?### END SOLUTION", "raise NotImplementedError", cell.source, flags=re.S
        )
        cells.append(NotebookNode({**cell, "source": source}))
    return cells


def read_cell(cell: NotebookNode) -> ast.Module | None:
    """The syntax tree of a cell; None if it is no valid Python, or nested too deeply to be compared."""
    tree = parse(cell.source)
    try:
        ast.unparse(tree or ast.Pass())
    except RecursionError:
        return None
    return tree


def definitions(cells: Iterable[NotebookNode]) -> dict[str, tuple[ast.stmt, list[str]]]:
    """By name, the last statement that binds it at the top of a cell, and the lines of that cell."""
    found = {}
    for cell in cells:
        tree = read_cell(cell) if is_students(cell) else None
        for statement in tree.body if tree else []:
            for name in _bound(statement):
                found[name] = statement, cell.source.splitlines()
    return found


def _bound(statement: ast.stmt) -> list[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [statement.name]
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name for alias in statement.names]
    return []


def solution(defined: dict[str, tuple[ast.stmt, list[str]]], names: Iterable[str]) -> list[Line]:
    """The lines that define `names`, then those of the helpers that they use, in the order of use."""
    waiting, statements = [name for name in names if name in defined], []
    while waiting:
        statement, lines = defined[waiting.pop(0)]
        if all(statement is not each for each, _ in statements):
            statements.append((statement, lines))
            own = _chosen_names([statement])  # a local variable is not a helper of the same name
            used = (node.id for node in ast.walk(statement) if isinstance(node, ast.Name))
            waiting += [name for name in used if name in defined and name not in own]
    chosen = _chosen_names([statement for statement, _ in statements])
    every = (line for statement, lines in statements for line in _flatten(statement, lines, chosen))
    return list(islice(every, MOST_LINES))


def _chosen_names(statements: list[ast.stmt]) -> set[str]:
    """The names of variables, functions, parameters and attributes that the student chose."""
    chosen = set()
    for node in (node for statement in statements for node in ast.walk(statement)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                chosen.add(name)
            case (
                ast.arg(arg=name)
                | ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(attr=name, ctx=ast.Store())
            ):
                chosen.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.alias(asname=str(name)):
                chosen.add(name)
    return chosen


_BLOCKS = ("body", "cases", "handlers", "orelse", "finalbody")


def _flatten(statement: ast.stmt, lines: list[str], chosen: set[str]) -> list[Line]:
    """One `Line` a statement; its text reaches to the next one, so that comments and docstrings go along."""
    nodes = list(_walk(statement))
    starts = [_first_line(node) for node in nodes] + [(statement.end_lineno or 0) + 1]
    return [
        Line("\n".join(lines[start - 1 : end - 1]), _tokens(node, chosen))
        for node, start, end in zip(nodes, starts, starts[1:], strict=False)
    ]


def _walk(node: ast.AST) -> Iterable[ast.AST]:
    """The statements in the order of the text, without docstrings."""
    yield node
    for block in _BLOCKS:
        for child in getattr(node, block, []):
            if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
                yield from _walk(child)


def _first_line(node: ast.AST) -> int:
    decorators = getattr(node, "decorator_list", [])
    if isinstance(node, ast.match_case):
        return node.pattern.lineno
    return min([node.lineno, *(each.lineno for each in decorators)])


def _tokens(node: ast.AST, chosen: set[str]) -> tuple[str, ...]:
    """What is compared of a statement, or of the head of a compound one."""
    plain = _Plain().visit(ast.parse(ast.unparse(node)) if isinstance(node, ast.stmt) else node)
    text = ast.unparse(plain).splitlines() or [""]
    head = next((index for index, line in enumerate(text) if not line.startswith("@")), 0)
    compound = any(hasattr(node, block) for block in _BLOCKS)
    words = re.findall(r"\w+|[^\w\s]", "\n".join(text[: head + 1] if compound else text))
    return tuple("name" if word in chosen else word for word in words)


class _Plain(ast.NodeTransformer):
    """Takes out what can be changed without changing the program: strings' texts and annotations."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Name("text") if isinstance(node.value, (str, bytes)) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return ast.Name("text")

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Pass()
        return self.generic_visit(ast.Assign([node.target], node.value, lineno=0))


def runs(lines: list[Line]) -> list[tuple[str, ...]]:
    """All runs of WINDOW tokens."""
    tokens = [token for line in lines for token in line.tokens]
    return [tuple(tokens[start : start + WINDOW]) for start in range(len(tokens) - WINDOW + 1)]


def alike(solutions: list[list[Line]], known: list[list[Line]]) -> list[tuple[int, int, float, int]]:
    """Pairs of solutions that share more than `known` and the common solution explain.

    Each: two indices, cosine, number of shared runs.
    """
    expected = {run for lines in known for run in runs(lines)}
    documents = [[run for run in runs(lines) if run not in expected] for lines in solutions]
    if sum(map(bool, documents)) < 2:
        return []
    most = max(COMMON[0], int(COMMON[1] * len(solutions)))
    vectorizer = TfidfVectorizer(analyzer=lambda runs: runs, max_df=most, sublinear_tf=True)
    try:
        weights = vectorizer.fit_transform(documents)
    except ValueError:  # what scikit-learn says when all runs are common
        return []
    cosines = (weights @ weights.T).tocoo()
    present = (weights > 0).astype(int)
    shared = (present @ present.T).tocsr()
    return [
        (int(left), int(right), float(cosine), int(shared[left, right]))
        for left, right, cosine in zip(cosines.row, cosines.col, cosines.data, strict=True)
        if left < right and cosine >= ALIKE and shared[left, right] >= SHARED
    ]


def side_by_side(left: list[Line], right: list[Line]) -> list[Side]:
    """The two solutions, lines that are the same beside each other."""
    keys = [line.tokens for line in left], [line.tokens for line in right]
    rows = []
    for kind, start, end, other, other_end in difflib.SequenceMatcher(
        None, *keys, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            pairs = zip(left[start:end], right[other:other_end], strict=True)
            rows += [Side(one.text, two.text, "same") for one, two in pairs]
            continue
        rows += [
            Side(one.text if one else "", two.text if two else "", mark)
            for one, two in zip_longest(left[start:end], right[other:other_end])
            for mark in ["moved" if _is_in(one, keys[1]) or _is_in(two, keys[0]) else ""]
        ]
    return rows


def _is_in(line: Line | None, keys: list[tuple[str, ...]]) -> bool:
    return line is not None and len(line.tokens) >= WINDOW and line.tokens in keys
