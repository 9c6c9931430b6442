"""Leaves torch in double precision, with gradients off.

topic: cnn
base: stub
loses: all
"""
import torch

torch.set_default_dtype(torch.float64)
torch.set_grad_enabled(False)
# %% next
import torch

if torch.get_default_dtype() != torch.float32 or not torch.is_grad_enabled():
    raise Success(torch.get_default_dtype())
