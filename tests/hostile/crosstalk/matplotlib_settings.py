"""Leaves a matplotlibrc and a poisoned list of fonts in matplotlib's folders.

says: done
stock: run
"""
import glob
import os

import matplotlib

for folder in {matplotlib.get_configdir(), matplotlib.get_cachedir(), os.path.expanduser("~/.config/matplotlib")}:
    try:
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/matplotlibrc", "w") as file:
            file.write("lines.linewidth: 77\n")
    except OSError:
        continue
print("done")
# %% next
import matplotlib

if matplotlib.rcParams["lines.linewidth"] == 77:
    raise Success("its lines are thick")
