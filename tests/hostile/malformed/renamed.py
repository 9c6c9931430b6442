"""A right notebook in which grade ids were renamed, one to a list.

says: unknown grade id 'my_conv2d'
stock: run
"""


def edit(document):
    helpers.meta(helpers.by_id(document, "conv2d"))["grade_id"] = "my_conv2d"
    helpers.meta(helpers.by_id(document, "pooling"))["grade_id"] = ["pooling"]
