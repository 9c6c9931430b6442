"""Changes NumPy's print options, error handling and global generator.

says: done
stock: run
"""
import numpy as np

np.set_printoptions(precision=1, threshold=1)
np.seterr(all="raise")
np.random.seed(12345)
np.left = True
print("done")
# %% next
import numpy as np

if np.get_printoptions()["precision"] == 1 or np.geterr()["divide"] == "raise" or hasattr(np, "left"):
    raise Success(np.get_printoptions())
state = np.random.get_state()[1]
np.random.seed(12345)
if (state == np.random.get_state()[1]).all():
    raise Success("the same random numbers")
