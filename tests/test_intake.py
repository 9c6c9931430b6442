"""Intake by itself: what `tests/test_nbgrader.py` shows in the large, in small and in odd corners."""

from __future__ import annotations

import copy
import json
import os
import socket
import stat

import nbformat
import numpy as np
import pytest
from conftest import solved

from grader.autograde.intake import (
    CourseCell,
    UnreadableNotebook,
    add_note,
    find_unsafe_files,
    read_notebook,
    repair,
)


def test_ordinary_files_are_safe(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes.txt").write_text("hello")
    (tmp_path / ".hidden").write_text("hello")
    assert find_unsafe_files(tmp_path) == []


def test_links_are_found_and_not_followed(tmp_path):
    (tmp_path / "sub").mkdir()
    os.symlink("/", tmp_path / "sub" / "everything")
    os.symlink("nowhere", tmp_path / "dangling")
    assert find_unsafe_files(tmp_path) == ["dangling (a symbolic link)", "sub/everything (a symbolic link)"]
    os.symlink(tmp_path, tmp_path.parent / "link-to-submission")
    assert find_unsafe_files(tmp_path.parent / "link-to-submission") == [
        "link-to-submission (a symbolic link)"
    ]


def test_pipes_and_sockets_are_found(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert find_unsafe_files(tmp_path) == ["pipe (a named pipe)", "socket (a socket)"]


def test_a_time_of_submission_has_to_be_one(tmp_path):
    path = tmp_path / "timestamp.txt"
    for text, safe in (
        ("2026-02-03 12:00:00 UTC", True),
        ("2026-02-03T12:00:00.5+0100", True),
        ("soon", False),
    ):
        path.write_text(text)
        assert (find_unsafe_files(tmp_path) == []) is safe
    path.write_bytes(bytes(10**6))
    assert find_unsafe_files(tmp_path) == ["timestamp.txt (not a time)"]


def test_devices_are_found(tmp_path):
    try:
        os.mknod(tmp_path / "zero", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("making a device takes root and a machine that allows it")
    assert find_unsafe_files(tmp_path) == ["zero (a device)"]


def test_a_pipe_in_place_of_a_notebook_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "x.ipynb")
    with pytest.raises(UnreadableNotebook, match="not an ordinary file"):
        read_notebook(tmp_path / "x.ipynb")


def test_a_huge_file_is_not_read(tmp_path):
    with open(tmp_path / "x.ipynb", "wb") as file:
        file.truncate(2**40)
    with pytest.raises(UnreadableNotebook, match="Clear its outputs"):
        read_notebook(tmp_path / "x.ipynb")


def test_random_damage_never_raises_anything_else(tmp_path):
    """Each value of a good notebook, replaced by something else."""
    good = nbformat.writes(solved("convolution"))
    rng = np.random.default_rng(0)
    path = tmp_path / "x.ipynb"
    odd = [None, 7, "x", [], {}, [None], {"a": 1}, True, -1.5, "\ud800\0"]
    outcomes = {"read": 0, "unreadable": 0}
    for _ in range(300):
        document = json.loads(good)
        for _ in range(rng.integers(1, 5)):
            _damage(document, rng, odd)
        path.write_text(json.dumps(document))
        try:
            notebook, _ = read_notebook(path)
        except UnreadableNotebook:
            outcomes["unreadable"] += 1
            continue
        repair(notebook, [CourseCell("setup", "code", "import x", "0", False, False, True, None)])
        nbformat.validate(notebook)
        notebook.metadata.clear()
        nbformat.writes(notebook).encode()
        outcomes["read"] += 1
    assert min(outcomes.values()) > 5


def _damage(node, rng, odd):
    """Replace one value somewhere below `node`."""
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = keys[rng.integers(len(keys))]
        below = node[key]
        if isinstance(below, (dict, list)) and below and rng.random() < 0.8:
            node = below
        else:
            node[key] = copy.deepcopy(odd[rng.integers(len(odd))])
            return


def test_a_note_cannot_carry_markup():
    notebook = nbformat.v4.new_notebook()
    add_note(notebook, ["<script>alert(1)</script> [link](javascript:x) **bold** `code` $x$"])
    source = notebook.cells[0].source
    assert not set("<>[]`$") & set(source.partition("- ")[2])
    add_note(notebook, [])
    assert len(notebook.cells) == 1
