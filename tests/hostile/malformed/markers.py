"""A right notebook with nbgrader's own markers in a cell.

stock: run
"""


def edit(document):
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "id": "markers"}
    document["cells"].insert(3, {**cell, "source": "### BEGIN HIDDEN TESTS\n### BEGIN SOLUTION\nx = 1"})
