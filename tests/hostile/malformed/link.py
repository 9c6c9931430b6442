"""A symbolic link to a file of the machine.

loses: all
refused: yes
says: notes.txt (a symbolic link)
"""


def add(folder):
    (folder / "notes.txt").symlink_to("/etc/hostname")
