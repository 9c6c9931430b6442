"""A right notebook from which all metadata are gone.

says: were put back
stock: run
"""


def edit(document):
    for cell in document["cells"]:
        cell["metadata"] = {}
