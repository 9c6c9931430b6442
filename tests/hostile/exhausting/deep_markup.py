"""Displays HTML that is nested 400,000 deep.
"""
from IPython.display import HTML

HTML("<div>" * 400_000)
