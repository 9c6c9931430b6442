"""Displays many tiny outputs, so that the list of them is long.

says: output cut here | TimeLimit
"""
from IPython.display import display

while True:
    display(1)
