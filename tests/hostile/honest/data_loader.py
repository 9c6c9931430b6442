"""Loads its data with two worker processes.

topic: cnn
says: 64 images
"""
import torch
from torch.utils.data import DataLoader, TensorDataset

loader = DataLoader(TensorDataset(torch.ones(64, 3, 8, 8)), batch_size=16, num_workers=2)
print(sum(len(batch) for (batch,) in loader), "images")
