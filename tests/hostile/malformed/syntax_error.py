"""A notebook with a cell that is no Python.

loses: conv2d
says: SyntaxError
stock: run
"""


def edit(document):
    helpers.by_id(document, "conv2d")["source"] = "def conv2d(:"
