"""A file that ends in the middle.

loses: all
says: not valid JSON
stock: run
"""


def edit(document):
    return '{"cells": ['
