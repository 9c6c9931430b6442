"""Unlocks the test cells and empties them.

base: stub
loses: all
stock: run
"""


def edit(document):
    for cell in document["cells"]:
        if helpers.meta(cell).get("grade") and cell["cell_type"] == "code":
            helpers.meta(cell).update(locked=False, solution=True)
            cell["source"] = "5.0"
