"""A submission whose notebook has another name.

loses: all
says: Untitled.ipynb | Missing
"""


def add(folder):
    (folder / "convolution.ipynb").rename(folder / "Untitled.ipynb")
