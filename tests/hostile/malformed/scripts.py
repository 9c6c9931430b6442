"""Scripts in the text of the notebook, for whoever opens it.

stock: run
"""


def edit(document):
    helpers.by_id(document, "explain_convolution")["source"] = "<script>alert(1)</script><img src=x onerror=alert(1)>"
