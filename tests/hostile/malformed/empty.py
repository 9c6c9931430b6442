"""An empty file.

loses: all
says: the file is empty
stock: run
"""


def edit(document):
    return ""
