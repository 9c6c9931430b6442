"""A right notebook with every cell twice.

says: 2 cells with the grade id conv2d
stock: run
"""
import copy


def edit(document):
    document["cells"] += copy.deepcopy(document["cells"])
