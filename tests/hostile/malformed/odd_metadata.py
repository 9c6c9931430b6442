"""A right notebook in which metadata are lists, numbers and texts.

says: were put back
stock: run
"""


def edit(document):
    for number, cell in enumerate(document["cells"]):
        cell["metadata"] = [[], 7, "text", None, {"nbgrader": []}, {"tags": 3, "nbgrader": "x"}][number % 6]
