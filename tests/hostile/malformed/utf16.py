"""A right notebook, saved by an editor of another system as UTF-16.

loses: all
says: not UTF-8
stock: run
"""
import json


def edit(document):
    return json.dumps(document).encode("utf-16")
