"""A right notebook in which all cells have one id, or none that is valid.

stock: run
"""


def edit(document):
    for number, cell in enumerate(document["cells"]):
        cell["id"] = ["same", "", "../..", 7, None, "x" * 5000][number % 6]
