"""Reads the master notebook of the repository that the engine is installed from.

says: FileNotFoundError | PermissionError
stock: run
"""
raise Success(open(f"{REPOSITORY}/source/01-convolution/convolution.ipynb").read()[:1000])
