"""Adds a graded cell of its own that is worth 100 points.

says: unknown grade id 'bonus'
stock: run
"""


def edit(document):
    meta = {"grade": True, "grade_id": "bonus", "locked": False, "points": 100, "schema_version": 3}
    meta |= {"solution": False, "task": False, "cell_type": "code"}
    cell = {"cell_type": "code", "execution_count": 1, "id": "bonus", "source": "100.0"}
    document["cells"].append({**cell, "metadata": {"nbgrader": meta}, "outputs": []})
