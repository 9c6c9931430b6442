"""A right notebook with the stub of one exercise pasted behind.

says: 2 cells with the grade id conv2d
stock: run
"""
import copy


def edit(document):
    stub = copy.deepcopy(helpers.by_id(document, "conv2d"))
    stub["source"] = helpers.stub_of("conv2d")
    document["cells"].append(stub)
