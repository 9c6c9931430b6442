"""Reads the list of known mistakes by way of the package's own resources.

says: is not available | FileNotFoundError | PermissionError
stock: run
"""
import pkgutil

raise Success(pkgutil.get_data("grader.exercises.convolution", "mistakes.py").decode())
