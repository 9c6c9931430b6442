"""JSON with every key twice, the second time with nonsense.

loses: all
says: no cells
stock: run
"""
import json


def edit(document):
    return json.dumps(document)[:-1] + ', "cells": 7, "metadata": []}'
