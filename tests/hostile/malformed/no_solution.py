"""A notebook from which one solution was deleted.

loses: conv2d
says: were put back: conv2d
stock: run
"""


def edit(document):
    document["cells"].remove(helpers.by_id(document, "conv2d"))
