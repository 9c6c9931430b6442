"""A right notebook with attachments that are no images.

stock: run
"""


def edit(document):
    for cell in document["cells"]:
        if cell["cell_type"] == "markdown":
            cell["attachments"] = {"a.html": {"text/html": "<script>1</script>"}, "b": 7, "../c.png": {"image/png": 7}}
