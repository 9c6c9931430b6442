"""Continuous integration for a student's repository: do all cells run, and do the visible checks pass?

    python student.py NOTEBOOK...

For any CI: it needs Python with nbval and nbgrader, the notebook's own packages, and nothing else of the
course. It runs `pytest --nbval-lax`. By itself that would pass a failing cell which asks for it, by a tag or
a comment, and it does not miss a check that was changed or deleted. So these are looked for first.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
from nbgrader.utils import compute_checksum

TAGS = {"raises-exception", "skip-execution", "nbval-skip", "nbval-raises-exception"}
COMMENT = re.compile(r"^\s*#\s*NBVAL_(?:SKIP|RAISES_EXCEPTION)\b", re.MULTILINE)


def gaps(path: Path) -> list[str]:
    """What would keep nbval from seeing a failure in this notebook."""
    notebook = nbformat.read(path, as_version=4)
    found, tests, solutions = [], set(), set()
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"{path}, cell {number}"
        tags = TAGS.intersection(cell.metadata.get("tags", []))
        found += [f"{where}: the tag {tag!r} would hide a failure; remove it" for tag in sorted(tags)]
        if cell.cell_type == "code":
            comments = (match[0].strip() for match in COMMENT.finditer(cell.source))
            found += [f"{where}: the comment {comment!r} would hide a failure" for comment in comments]
        meta = cell.metadata.get("nbgrader") or {}
        if meta.get("grade") and not meta.get("solution") and cell.cell_type == "code":
            tests.add(meta["grade_id"])
            if compute_checksum(cell) != meta.get("checksum"):
                found.append(
                    f"{where}: the checks {meta['grade_id']} were changed; take them from the original"
                )
        elif meta.get("solution") and cell.cell_type == "code":
            solutions.add(meta["grade_id"])
    missing = sorted(name for name in solutions if f"test_{name}" not in tests)
    found += [f"{path}: the checks of {name} are missing; restore them" for name in missing]
    if not tests:
        found.append(f"{path}: there are no checks in it")
    return found


def main(names: list[str]) -> int:
    """Look and run; 0 if all is well."""
    if not names:
        print(__doc__)
        return 2
    problems = [problem for name in names for problem in gaps(Path(name))]
    print(*problems, sep="\n")
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-p", "no:cacheprovider", *names]
    return subprocess.run(command).returncode or bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
