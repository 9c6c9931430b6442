"""A folder where the notebook should be.

loses: all
says: it is not an ordinary file
"""


def add(folder):
    (folder / "convolution.ipynb").unlink()
    (folder / "convolution.ipynb").mkdir()
