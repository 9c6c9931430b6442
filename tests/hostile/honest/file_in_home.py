"""Keeps a file in its home folder, as it does at home.

says: kept
stock: run
"""
import pathlib

path = pathlib.Path.home() / "deep-learning" / "notes.txt"
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text("kept")
print(path.read_text())
