"""Writes files into its working folder and reads them again.

says: 1000 numbers
stock: run
"""
import json
import pathlib
import tempfile

import matplotlib.pyplot as plt
import numpy as np

folder = pathlib.Path("results")
folder.mkdir(exist_ok=True)
np.save(folder / "numbers.npy", np.arange(1000))
(folder / "notes.json").write_text(json.dumps({"seed": 1}))
plt.plot([1, 2])
plt.savefig(folder / "figure.png")
plt.close()
with tempfile.NamedTemporaryFile() as file:
    np.savez_compressed(file, a=np.ones(10_000))
print(len(np.load(folder / "numbers.npy")), "numbers")
