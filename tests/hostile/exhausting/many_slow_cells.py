"""Hands in 40 cells that each take nearly as long as a cell may; the whole notebook has a limit, too.

loses: all
says: in time | used up | ran for too long
"""


def edit(document):
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    slow = [{**cell, "id": f"s{i}", "source": "import time\ntime.sleep(2.5)"} for i in range(40)]
    document["cells"][:0] = slow
