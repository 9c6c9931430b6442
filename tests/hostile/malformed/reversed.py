"""A right notebook with its cells in reverse order.

stock: run
"""


def edit(document):
    document["cells"].reverse()
