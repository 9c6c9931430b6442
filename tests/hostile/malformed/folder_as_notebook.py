"""A folder where the notebook should be.

loses: all
says: ordinary file | cannot be opened | Missing
"""


def add(folder):
    (folder / "convolution.ipynb").unlink()
    (folder / "convolution.ipynb").mkdir()
