"""Cells in an object instead of a list.

loses: all
says: no cells
stock: run
"""


def edit(document):
    document["cells"] = {"0": document["cells"]}
