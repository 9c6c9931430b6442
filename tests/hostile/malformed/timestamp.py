"""A right notebook with a time of submission that is no time.

loses: all
refused: yes
says: timestamp.txt (not a time)
"""


def add(folder):
    (folder / "timestamp.txt").write_text("when I like")
