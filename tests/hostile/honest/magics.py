"""Uses the magics that notebooks are full of.

says: per loop
stock: run
"""
shell = get_ipython()
shell.run_line_magic("matplotlib", "inline")
shell.run_line_magic("timeit", "-n1 -r1 sum(range(10))")
shell.run_line_magic("load_ext", "autoreload")
shell.run_line_magic("autoreload", "2")
shell.run_cell_magic("writefile", "helper.py", "value = 3")
from helper import value

shell.run_cell_magic("bash", "", "echo shell")
print(value)
