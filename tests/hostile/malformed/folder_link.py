"""A symbolic link to a folder, deep in a folder.

loses: all
refused: yes
says: a/b (a symbolic link)
"""


def add(folder):
    (folder / "a").mkdir()
    (folder / "a" / "b").symlink_to(COURSE)
