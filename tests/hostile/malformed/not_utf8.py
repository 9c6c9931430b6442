"""Bytes that are no text.

loses: all
says: not UTF-8
stock: run
"""


def edit(document):
    return b"\xff\xfe\x00"
