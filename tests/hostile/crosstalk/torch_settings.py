"""Changes torch's default type, number of threads, determinism and gradient mode.

topic: cnn
says: done
"""
import torch

settings = torch.get_default_dtype()
torch.set_default_dtype(torch.float64)
torch.set_num_threads(2)
torch.use_deterministic_algorithms(True)
torch.set_default_dtype(torch.float16)
torch.nn.Linear.left = True
torch.set_default_dtype(settings)
torch.left = LEFTOVER
print("done")
# %% next
import torch

if hasattr(torch, "left") or hasattr(torch.nn.Linear, "left") or torch.are_deterministic_algorithms_enabled():
    raise Success("patched")
