"""A right notebook with outputs that no Jupyter program writes.

stock: run
"""


def edit(document):
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [7, {}, {"output_type": "cake"}, {"output_type": "stream", "text": {"a": 1}}]
            cell["execution_count"] = "many"
