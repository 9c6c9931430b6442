"""A right notebook whose kernel is a path and a command.

says: its kernel is
stock: run
"""


def edit(document):
    document["metadata"]["kernelspec"] = {"name": "../../bin/sh", "argv": ["touch", "x"], "language": "sh"}
