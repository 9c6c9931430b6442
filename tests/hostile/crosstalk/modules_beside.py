"""Leaves modules in its working folder that shadow what the next student imports.

says: done
stock: run
"""
for name in ("numpy", "matplotlib", "ipykernel", "helper"):
    open(f"{name}.py", "w").write("left = True")
print("done")
# %% next
try:
    import helper
except ImportError:
    helper = None
if helper is not None:
    raise Success(helper.__file__)
