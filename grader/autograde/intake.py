"""Reading submissions: files that may be anything, made into notebooks that nbgrader can grade.

`find_unsafe_files` refuses what must not even be opened. `read_notebook` makes a clean notebook of a
file, or says why it cannot. `repair` puts the course's own cells back into their places.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import parse_utc

TIMESTAMP = "timestamp.txt"  # where nbgrader looks for the time of submission
MAX_NOTEBOOK_BYTES = 50 * 2**20
MAX_CELLS = 2000
NOTE = "About this submission"  # heads the cell in which students read what was repaired


class UnreadableNotebook(ValueError):
    """The file is not a notebook; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class CourseCell:
    """A cell that belongs to the course, as it is in the gradebook."""

    grade_id: str
    cell_type: str
    source: str
    checksum: str
    grade: bool
    solution: bool
    locked: bool
    points: float | None

    @property
    def metadata(self) -> dict[str, Any]:
        """What nbgrader wants to find in the cell's metadata."""
        meta = {
            "grade_id": self.grade_id,
            "grade": self.grade,
            "solution": self.solution,
            "locked": self.locked,
            "task": False,
            "schema_version": 3,
            "cell_type": self.cell_type,
            "checksum": self.checksum,
        }
        return {**meta, "points": self.points} if self.grade else meta


def find_unsafe_files(folder: Path) -> list[str]:
    """Files in a submission that nbgrader must not open, each with the reason; links are not followed."""
    if folder.is_symlink():
        return [f"{folder.name} (a symbolic link)"]
    unsafe = []
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            mode = path.lstat().st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                unsafe.append(f"{path.relative_to(folder)} ({_kind_of_file(mode)})")
    timestamp = folder / TIMESTAMP
    if timestamp.is_file() and not timestamp.is_symlink() and not _is_time(timestamp):
        unsafe.append(f"{TIMESTAMP} (not a time)")  # nbgrader stumbles over it
    return sorted(unsafe)


def _is_time(path: Path) -> bool:
    with path.open("rb") as file:
        text = file.read(100).decode("utf-8", "replace").strip()
    if not text:
        return True  # for nbgrader, too
    try:
        parse_utc(text)
    except (ValueError, OverflowError):
        return False
    return True


def _kind_of_file(mode: int) -> str:
    kinds = {stat.S_IFLNK: "a symbolic link", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")


def read_notebook(path: Path) -> tuple[NotebookNode, list[str]]:
    """A clean nbformat 4.5 notebook with the cells of the file, without outputs, and what was odd.

    Raises UnreadableNotebook.
    """
    document = _load(path)
    problems: list[str] = []
    version = document.get("nbformat")
    if type(version) is int and version < 4:
        problems.append(f"the file was in the old format nbformat {version}; it was converted")
        document = _upgrade(document)
    elif type(version) is not int or version > 4:
        problems.append(
            f"the file says that it is in format nbformat {version!r:.40}; it was read as nbformat 4"
        )
    cells = document.get("cells")
    if not isinstance(cells, list):
        raise UnreadableNotebook(
            "there are no cells in it. Save the notebook again in JupyterLab and resubmit it."
        )
    if len(cells) > MAX_CELLS:
        raise UnreadableNotebook(f"it has {len(cells)} cells; {MAX_CELLS} are the most that are read.")
    notebook = nbformat.v4.new_notebook()
    for number, cell in enumerate(cells, start=1):
        clean = _clean_cell(cell)
        if clean is None:
            problems.append(f"cell {number} is damaged and was left out")
            continue
        clean.id = f"cell-{len(notebook.cells)}"
        notebook.cells.append(clean)
    spec = (
        document.get("metadata", {}).get("kernelspec") if isinstance(document.get("metadata"), dict) else None
    )
    name = spec.get("name") if isinstance(spec, dict) else None
    language = spec.get("language", "python") if isinstance(spec, dict) else None
    if language != "python" or not isinstance(name, str):
        problems.append(f"its kernel is {name!r:.60}; it was run with Python 3 all the same")
    notebook.metadata = NotebookNode(
        kernelspec=NotebookNode(name="python3", display_name="Python 3 (ipykernel)", language="python"),
        language_info=NotebookNode(name="python"),
    )
    return notebook, problems


def _load(path: Path) -> dict[str, Any]:
    again = "Open it in JupyterLab, save it and resubmit it."
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise UnreadableNotebook(f"it cannot be opened ({error.strerror}).") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise UnreadableNotebook("it is not an ordinary file.")
    with open(descriptor, "rb") as file:
        if status.st_size > MAX_NOTEBOOK_BYTES:
            size = status.st_size / 2**20
            raise UnreadableNotebook(
                f"it has {size:.0f} MiB. Clear its outputs (Edit, Clear All Outputs) and resubmit it."
            )
        data = file.read(MAX_NOTEBOOK_BYTES)
    if not data.strip():
        raise UnreadableNotebook(f"the file is empty. {again}")
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableNotebook(f"it is not UTF-8 text. {again}") from None
    except RecursionError:
        raise UnreadableNotebook(f"its JSON is nested too deeply. {again}") from None
    except ValueError as error:
        raise UnreadableNotebook(f"it is not valid JSON ({error!s:.100}). {again}") from None
    if not isinstance(document, dict):
        raise UnreadableNotebook(f"it is JSON, but not a notebook. {again}")
    return document


def _upgrade(document: dict[str, Any]) -> dict[str, Any]:
    try:
        return nbformat.convert(nbformat.from_dict(document), 4)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        # nbformat's converters expect notebooks that are valid in their own version.
        raise UnreadableNotebook(
            f"its old format cannot be converted ({type(error).__name__}). Open it in JupyterLab and save it."
        ) from None


def _clean_cell(cell: Any) -> NotebookNode | None:
    """The cell with what grading needs and nothing else, or None if it is no cell."""
    if not isinstance(cell, dict):
        return None
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    kind = cell.get("cell_type")
    if not isinstance(source, str) or kind not in ("code", "markdown", "raw"):
        return None
    source = source.encode("utf-8", "replace").decode().replace("\0", "")
    clean = NotebookNode(cell_type=kind, source=source, metadata=NotebookNode())
    if kind == "code":
        clean.update(outputs=[], execution_count=None)
    metadata = cell.get("metadata")
    if isinstance(metadata, dict):
        if isinstance(metadata.get("nbgrader"), dict):
            clean.metadata.nbgrader = nbformat.from_dict(metadata["nbgrader"])
        tags = metadata.get("tags")
        if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
            clean.metadata.tags = tags
    images = cell.get("attachments")
    if kind == "markdown" and isinstance(images, dict) and _are_attachments(images):
        clean.attachments = nbformat.from_dict(images)
    return clean


def _are_attachments(images: dict[str, Any]) -> bool:
    return all(
        isinstance(bundle, dict)
        and all(mime.startswith("image/") and isinstance(data, str) for mime, data in bundle.items())
        for bundle in images.values()
    )


def repair(
    notebook: NotebookNode, course_cells: Iterable[CourseCell], keep_answers: bool = True
) -> list[str]:
    """Put the course's cells in order, in place, and return what had to be done.

    Afterwards each of `course_cells` is there exactly once, with its own type and metadata and, where
    it is locked, its own text. Nothing that a student wrote is lost: a cell that has to give up its
    grade id stays in the notebook as an ordinary cell.

    keep_answers: whether a missing answer in words is marked for a human to look for.
    """
    expected = {cell.grade_id: cell for cell in course_cells}
    problems = _forget_unknown(notebook, expected)
    for course_cell in expected.values():
        problems += _settle_duplicates(notebook, course_cell)
    present = {
        cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata
    }
    for grade_id, cell in present.items():
        problems += _restore(cell, expected[grade_id])
    position = 0
    missing = []
    for grade_id, course_cell in expected.items():
        if grade_id in present:
            position = notebook.cells.index(present[grade_id]) + 1
        else:
            notebook.cells.insert(position, _replacement(course_cell, keep_answers))
            position += 1
            missing.append(grade_id)
    if missing:
        problems.append(f"cells were missing and were put back: {', '.join(missing)}")
    for index, cell in enumerate(notebook.cells):
        cell.id = f"cell-{index}"
    return problems


def _forget_unknown(notebook: NotebookNode, expected: dict[str, CourseCell]) -> list[str]:
    problems = []
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader")
        if meta is None:
            continue
        grade_id = meta.get("grade_id")
        if not isinstance(grade_id, str) or grade_id not in expected:
            del cell.metadata["nbgrader"]
            problems.append(
                f"a cell has the unknown grade id {grade_id!r:.60}; it counts as an ordinary cell"
            )
    return problems


def _settle_duplicates(notebook: NotebookNode, course_cell: CourseCell) -> list[str]:
    """Of several cells with one grade id, keep the last that was worked on; drop untouched copies."""
    cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == course_cell.grade_id
    ]
    if len(cells) < 2:
        return []
    worked_on = [cell for cell in cells if cell.source.strip() != course_cell.source.strip()]
    keeper = (worked_on or cells)[-1]
    for cell in cells:
        if cell is keeper:
            continue
        if course_cell.locked or cell not in worked_on:
            notebook.cells = [other for other in notebook.cells if other is not cell]
        else:
            del cell.metadata["nbgrader"]
    return [f"there were {len(cells)} cells with the grade id {course_cell.grade_id}; one was kept as such"]


def _restore(cell: NotebookNode, course_cell: CourseCell) -> list[str]:
    problems = []
    if cell.cell_type != course_cell.cell_type:
        problems.append(
            f"the cell {course_cell.grade_id} had become a {cell.cell_type} cell; that was undone"
        )
        _set_type(cell, course_cell.cell_type)
    cell.metadata.nbgrader = NotebookNode(course_cell.metadata)
    if course_cell.locked:
        cell.source = course_cell.source
    return problems


def _set_type(cell: NotebookNode, cell_type: str) -> None:
    cell.cell_type = cell_type
    if cell_type == "code":
        cell.outputs, cell.execution_count = [], None
        cell.pop("attachments", None)
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def _replacement(course_cell: CourseCell, keep_answers: bool) -> NotebookNode:
    if course_cell.locked:
        source = course_cell.source
    elif course_cell.cell_type == "code":
        source = "# This cell was missing from the submission."
    elif keep_answers:
        source = (
            "*This cell was missing from the submission; the answer may stand elsewhere in the notebook.*"
        )
    else:
        source = course_cell.source  # nbgrader counts an unchanged answer as none
    new = nbformat.v4.new_code_cell if course_cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    return new(source, metadata=NotebookNode(nbgrader=NotebookNode(course_cell.metadata)))


def add_note(notebook: NotebookNode, problems: list[str]) -> None:
    """Tell the student, in a cell at the top, what was odd about the submission."""
    if problems:
        lines = "\n".join(f"- {_plain(problem)}" for problem in problems)
        notebook.cells.insert(
            0, nbformat.v4.new_markdown_cell(f"**{NOTE}**\n\n{lines}", id="about-this-submission")
        )


def _plain(text: str) -> str:
    """Text that may quote a student, made harmless in Markdown and HTML."""
    return "".join(
        character if character.isalnum() or character in " .,:;'()-/_" else f"&#{ord(character)};"
        for character in text
    )
