"""A right notebook with numbers that no machine can hold.

stock: run
"""
import json


def edit(document):
    document["metadata"]["number"] = "NUMBER"
    document["nbformat_minor"] = "MINOR"
    return json.dumps(document).replace('"NUMBER"', "1e999999").replace('"MINOR"', "NaN")
