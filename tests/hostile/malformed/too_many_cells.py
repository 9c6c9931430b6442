"""A notebook of 5,000 cells.

loses: all
says: cells; 2000 are the most
"""


def edit(document):
    cell = {"cell_type": "markdown", "metadata": {}, "source": "x"}
    document["cells"] += [{**cell, "id": f"x{number}"} for number in range(5000)]
