"""Poisons the compiled forms of modules that everybody imports.

says: nowhere
"""
import glob
import os

import numpy

for path in (*glob.glob(os.path.dirname(os.__file__) + "/__pycache__/*.pyc")[:5], *glob.glob(numpy.__path__[0] + "/__pycache__/*.pyc")[:5]):
    try:
        open(path, "r+b").close()
    except OSError:
        continue
    raise Success(path)
raise LookupError("nowhere")
