"""A right notebook in the format of 2013.

says: old format nbformat 3
stock: run
"""


def edit(document):
    document.update(nbformat=3, nbformat_minor=0)
    cells = document.pop("cells")
    for cell in cells:
        cell.pop("id")
        if cell["cell_type"] == "code":
            cell.update(input=cell.pop("source"), language="python", collapsed=False)
            cell.pop("execution_count")
    document["worksheets"] = [{"cells": cells, "metadata": {}}]
