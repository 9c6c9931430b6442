"""Draws 40 figures, and closes none of them.

says: image/png
stock: run
"""
import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(0)
for number in range(40):
    fig, ax = plt.subplots(figsize=(3, 2))
    ax.plot(rng.normal(size=50).cumsum())
    ax.set_title(f"walk {number}")
plt.show()
