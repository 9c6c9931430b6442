"""A notebook whose format is an integer of 100,000 digits.

loses: all
says: not valid JSON
stock: run
"""
import json


def edit(document):
    document["nbformat"] = "FORMAT"
    return json.dumps(document).replace('"FORMAT"', "4" * 100_000)
