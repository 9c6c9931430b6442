"""Sets environment variables, its working folder and the file mode mask.

says: done
stock: run
"""
import os

os.environ["LEFT"] = LEFTOVER
os.putenv("LEFT", LEFTOVER)
os.umask(0o777)
print("done")
# %% next
import os

mask = os.umask(0o022)
if os.environ.get("LEFT") == LEFTOVER or mask == 0o777:
    raise Success(mask)
