"""JSON that is a list.

loses: all
says: not a notebook
stock: run
"""


def edit(document):
    return "[1, 2]"
