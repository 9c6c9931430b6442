"""Leaves modules, .pth files and bytecode in the installed packages.

says: nowhere
"""
import sysconfig

import numpy

for place in (sysconfig.get_path("purelib"), sysconfig.get_path("stdlib"), numpy.__path__[0] + "/__pycache__"):
    try:
        open(f"{place}/{LEFTOVER}.pth", "w").close()
    except OSError:
        continue
    raise Success(place)
raise LookupError("nowhere")
