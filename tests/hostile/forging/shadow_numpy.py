"""Hands in a numpy.py, and modules of other names that the kernel imports, beside the notebook.

stock: run
"""


def add(folder):
    for name in ("numpy", "json", "msgpack", "ipykernel", "torch", "matplotlib", "random", "tokenize", "queue"):
        (folder / f"{name}.py").write_text("raise SystemExit('SUCCEEDED: shadowed')")
