"""A symbolic link to another student's notebook.

loses: all
refused: yes
says: convolution.ipynb (a symbolic link)
"""


def add(folder):
    (folder / "convolution.ipynb").unlink()
    (folder / "convolution.ipynb").symlink_to(f"{COURSE}/submitted/000-sibling/01-convolution/convolution.ipynb")
