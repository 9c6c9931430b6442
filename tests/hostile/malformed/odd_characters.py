"""A right notebook with half characters, null bytes and marks that turn text around.

stock: run
"""


def edit(document):
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    document["cells"].append({**cell, "id": "odd", "source": "# \ud800 \0 \u202e \ufeff\nodd = 1"})
    document["cells"].append({**cell, "id": "odder", "source": "\x1b[2J\x07"})
