"""Hands in what Python and Jupyter run at their start: sitecustomize, usercustomize and configurations.

base: stub
loses: all
stock: run
"""


def add(folder):
    lie = "import grader\ngrader.check = lambda exercise: 2.0\n"
    for name in ("sitecustomize", "usercustomize"):
        (folder / f"{name}.py").write_text(lie)
    for name in ("ipython_config", "ipython_kernel_config", "jupyter_config", "nbgrader_config"):
        (folder / f"{name}.py").write_text(f"c = get_config()\nc.InteractiveShellApp.exec_lines = [{lie!r}]\n")
    (folder / "lie.pth").write_text("import os; os._exit(0)\n")
