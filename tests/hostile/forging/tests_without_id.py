"""Takes the grade ids off the test cells and gives them to cells of its own.

base: stub
loses: all
says: as an ordinary cell | grade id
stock: run
"""


def edit(document):
    for cell in document["cells"]:
        if helpers.meta(cell).get("grade") and cell["cell_type"] == "code":
            helpers.meta(cell)["grade_id"] += "_old"
    helpers.by_id(document, "conv2d")["metadata"]["nbgrader"].update(
        grade_id="test_conv2d", grade=True, points=5, locked=False
    )
