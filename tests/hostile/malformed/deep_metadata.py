"""A right notebook whose metadata are nested deeply.

says: nested too deeply | metadata
loses: all
stock: run
"""
import json


def edit(document):
    document["metadata"]["deep"] = "DEEP"
    return json.dumps(document).replace('"DEEP"', "[" * 100_000 + "]" * 100_000)
