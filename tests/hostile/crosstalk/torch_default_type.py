"""Leaves torch in half precision, with gradients off.

topic: cnn
loses: simple_cnn, training_loop, fit, feature_maps
"""
import torch

torch.set_default_dtype(torch.float64)
torch.set_default_device("meta")
# %% next
import torch

if torch.get_default_dtype() != torch.float32 or torch.empty(1).device.type == "meta":
    raise Success(torch.get_default_dtype())
