"""A right notebook without test cells.

says: test_conv2d, test_pooling
stock: run
"""


def edit(document):
    gone = [helpers.by_id(document, name) for name in ("test_conv2d", "test_pooling")]
    document["cells"] = [cell for cell in document["cells"] if cell not in gone]
