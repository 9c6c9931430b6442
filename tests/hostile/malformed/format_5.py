"""A right notebook in a format of the future.

says: nbformat 5
stock: run
"""


def edit(document):
    document["nbformat"] = 5
