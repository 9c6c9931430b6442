"""A right notebook from which the question in words was deleted.

says: explain_convolution
stock: run
"""


def edit(document):
    document["cells"].remove(helpers.by_id(document, "explain_convolution"))
