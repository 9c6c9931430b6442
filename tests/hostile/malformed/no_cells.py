"""A notebook without cells.

loses: all
says: no cells
stock: run
"""


def edit(document):
    return '{"nbformat": 4}'
