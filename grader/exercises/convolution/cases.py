"""What the graders of 01-convolution share: sizes and arrays to try, and torch as the oracle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch.nn import functional

from grader.checking.oracle import remembered

Size = tuple[int, int]


def sizes(
    seed: int, count: int, strides: Sequence[int] = (1,), paddings: Sequence[int] = (0,)
) -> Iterator[tuple[Size, Size, int, int]]:
    """Draw (image shape, kernel shape, stride, padding); the kernel always fits into the padded image."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        stride, padding = int(rng.choice(strides)), int(rng.choice(paddings))
        height, width = (int(side) for side in rng.integers(3, 11, 2))
        kernel = tuple(int(rng.integers(1, min(side + 2 * padding, 5) + 1)) for side in (height, width))
        yield (height, width), kernel, stride, padding


def normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Normally distributed float64 values."""
    return rng.normal(size=shape)


def whole(rng: np.random.Generator, *shape: int, dtype: type = np.int64) -> np.ndarray:
    """Whole numbers from 0 to 9: exact in any dtype, and sums of a few fit even into uint8."""
    return rng.integers(0, 10, size=shape).astype(dtype)


def strided(array: np.ndarray) -> np.ndarray:
    """The same values as a view that is contiguous in no order."""
    wide = np.repeat(array, 2, axis=-1)
    return wide[..., ::2]


def layouts(array: np.ndarray) -> list[np.ndarray]:
    """The same values in C order, in Fortran order, and as a view that is neither."""
    return [array, np.asfortranarray(array), strided(array)]


def conv2d(image: np.ndarray, kernel: np.ndarray, stride: int = 1, padding: int = 0) -> np.ndarray:
    """Expected result of `conv2d`."""
    return conv2d_batch(image[None, None], kernel[None, None], None, stride, padding)[0, 0]


@remembered
def conv2d_batch(
    images: np.ndarray,
    weights: np.ndarray,
    bias: np.ndarray | None = None,
    stride: int | Size = 1,
    padding: int | Size = 0,
) -> np.ndarray:
    """Expected result of `conv2d_batch`."""
    bias = None if bias is None else tensor(bias)
    return functional.conv2d(tensor(images), tensor(weights), bias, stride, padding).numpy()


@remembered
def conv2d_backward(
    grad_output: np.ndarray, image: np.ndarray, kernel: np.ndarray, stride: int = 1, padding: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Expected result of `conv2d_backward`, by autograd."""
    x, w = tensor(image).requires_grad_(), tensor(kernel).requires_grad_()
    output = functional.conv2d(x[None, None], w[None, None], stride=stride, padding=padding)[0, 0]
    gradients = torch.autograd.grad(output, (x, w), tensor(grad_output))
    return gradients[0].numpy(), gradients[1].numpy()


def tensor(array: np.ndarray) -> torch.Tensor:
    """A float64 copy: nothing that is sent to a student is shared with the oracle."""
    return torch.tensor(array, dtype=torch.float64)
