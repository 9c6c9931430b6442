"""A right notebook among thousands of other files, in deep folders.

stock: run
"""


def add(folder):
    deep = folder
    for _ in range(30):
        deep = deep / "folder"
        deep.mkdir()
    for number in range(2000):
        (deep / f"{number}.txt").write_text("x")
