"""A right notebook in which code cells became text.

says: had become a markdown cell
stock: run
"""


def edit(document):
    for name in ("conv2d", "test_conv2d"):
        cell = helpers.by_id(document, name)
        cell["cell_type"] = "markdown"
        del cell["outputs"], cell["execution_count"]
