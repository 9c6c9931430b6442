"""A right notebook that names no kernel.

says: its kernel is None
stock: run
"""


def edit(document):
    document["metadata"] = {}
