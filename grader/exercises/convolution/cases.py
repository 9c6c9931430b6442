"""What the graders of 01-convolution share: sizes and arrays to try, and the oracles.

The oracles are in NumPy: torch would take longer to load than a submission takes to grade. A test compares
them with torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

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


def conv_output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Expected result of `conv_output_size`: the places where a kernel that reaches so far can begin."""
    reach = dilation * (kernel - 1) + 1
    return len(range(0, size + 2 * padding - reach + 1, stride))


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
    down, right = _pair(padding)
    padded = np.pad(images.astype(float), ((0, 0), (0, 0), (down, down), (right, right)))
    result = np.einsum(
        "ncijhw,kchw->nkij", _windows(padded, weights.shape[2:], stride), weights.astype(float)
    )
    return result if bias is None else result + bias[:, None, None]


@remembered
def conv2d_backward(
    grad_output: np.ndarray, image: np.ndarray, kernel: np.ndarray, stride: int = 1, padding: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Expected result of `conv2d_backward`.

    conv2d is linear in the image and in the kernel, so its derivative with respect to an entry is the output
    for an image, or a kernel, that is 1 there and 0 elsewhere.
    """
    outputs = conv2d_batch(_units(image.shape)[:, None], kernel[None, None], None, stride, padding)[:, 0]
    grad_image = np.tensordot(outputs, grad_output, 2).reshape(image.shape)
    outputs = conv2d_batch(image[None, None], _units(kernel.shape)[:, None], None, stride, padding)[0]
    return grad_image, np.tensordot(outputs, grad_output, 2).reshape(kernel.shape)


def max_pool2d(image: np.ndarray, size: int, stride: int | None = None) -> np.ndarray:
    """Expected result of `max_pool2d`."""
    return _windows(image.astype(float), (size, size), stride or size).max((-2, -1))


def avg_pool2d(image: np.ndarray, size: int, stride: int | None = None) -> np.ndarray:
    """Expected result of `avg_pool2d`."""
    return _windows(image.astype(float), (size, size), stride or size).mean((-2, -1))


def _windows(images: np.ndarray, size: Size, stride: int | Size) -> np.ndarray:
    """The windows (..., rows, columns, *size) of images (..., height, width)."""
    down, right = _pair(stride)
    every = np.lib.stride_tricks.sliding_window_view(images, size, axis=(-2, -1))
    return every[..., ::down, ::right, :, :]


def _units(shape: Size) -> np.ndarray:
    """All arrays of this shape with a single 1, as (entries, *shape)."""
    return np.eye(shape[0] * shape[1]).reshape(-1, *shape)


def _pair(value: int | Size) -> Size:
    return value if isinstance(value, tuple) else (value, value)
