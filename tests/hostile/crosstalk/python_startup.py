"""Leaves files that Python and IPython run at their start.

says: done
stock: run
"""
import os
import site

code = "import builtins; builtins.left = True\n"
for place in (
    os.path.expanduser("~/.ipython/profile_default/startup/00.py"),
    os.environ.get("IPYTHONDIR", ".") + "/profile_default/startup/00.py",
    site.getusersitepackages() + "/usercustomize.py",
    os.path.expanduser("~/.pythonrc.py"),
    "sitecustomize.py",
):
    try:
        os.makedirs(os.path.dirname(place) or ".", exist_ok=True)
        open(place, "w").write(code)
    except OSError:
        continue
print("done")
# %% next
import builtins

if hasattr(builtins, "left"):
    raise Success("it ran")
