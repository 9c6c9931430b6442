"""Lets a package do the work that the notebook has to do without.

loses: conv2d
says: has to do without
stock: run
"""


def conv2d(image, kernel, stride=1, padding=0):
    import torch

    image, kernel = (torch.tensor(array, dtype=torch.float64)[None, None] for array in (image, kernel))
    return torch.nn.functional.conv2d(image, kernel, stride=stride, padding=padding)[0, 0].numpy()
