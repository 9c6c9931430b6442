"""Fills the memory with tensors.

topic: cnn
says: can't allocate memory | not enough memory | MemoryError | KernelDied
"""
import torch

kept = []
while True:
    kept.append(torch.ones(2**24))
