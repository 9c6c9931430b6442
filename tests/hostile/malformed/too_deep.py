"""JSON that is nested 200,000 deep.

loses: all
says: nested too deeply
stock: run
"""


def edit(document):
    return "[" * 200_000
