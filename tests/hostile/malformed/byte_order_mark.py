"""A right notebook with a byte-order mark in front.

stock: run
"""
import json


def edit(document):
    return b"\xef\xbb\xbf" + json.dumps(document).encode()
