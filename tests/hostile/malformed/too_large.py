"""A notebook of 60 megabytes.

loses: all
says: MiB
stock: run
"""


def edit(document):
    document["metadata"]["ballast"] = "x" * 60_000_000
