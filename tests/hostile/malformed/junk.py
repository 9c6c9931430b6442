"""A right notebook with numbers, nulls and cake among its cells.

says: is damaged and was left out
stock: run
"""


def edit(document):
    document["cells"] += [7, None, {"cell_type": "code"}, {"cell_type": "cake", "source": "x"}, []]
    document["cells"].append({"cell_type": "code", "source": "x = 1", "metadata": [], "outputs": "?"})
    document["cells"].append({"cell_type": "code", "source": [1, 2], "metadata": {}, "outputs": []})
    document["metadata"] = ["what"]
