from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

# Everything is an einsum over a view of all windows. Typed; messages name one argument only.

Array = NDArray[np.float64]


def conv_output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    for name, value, least in (
        ("stride", stride, 1),
        ("dilation", dilation, 1),
        ("size", size, 1),
        ("kernel", kernel, 1),
        ("padding", padding, 0),
    ):
        if value < least:
            raise ValueError(f"{name}={value} is below {least}")
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    if room < 0:
        raise ValueError("Padding is too small for this window")
    return np.int64(np.floor(room / stride)) + 1


def conv2d(image: NDArray, kernel: NDArray, stride: int = 1, padding: int = 0) -> Array:
    padded = np.pad(image.astype(float), padding)
    if any(k > side for k, side in zip(kernel.shape, padded.shape, strict=True)):
        raise ValueError(f"image of shape {image.shape} is too small")
    windows = sliding_window_view(padded, kernel.shape)[::stride, ::stride]
    return np.einsum("ijab,ab->ij", windows, kernel)


def _pool_windows(image: NDArray, size: int, stride: int | None) -> NDArray:
    stride = size if stride is None else stride
    return sliding_window_view(image, (size, size))[::stride, ::stride].astype(np.float64)


def max_pool2d(image: NDArray, size: int = 2, stride: int | None = None) -> Array:
    return _pool_windows(image, size, stride).max(axis=(-2, -1))


def avg_pool2d(image: NDArray, size: int = 2, stride: int | None = None) -> Array:
    return _pool_windows(image, size, stride).mean(axis=(-2, -1))


def conv2d_batch(
    images: NDArray,
    weights: NDArray,
    bias: NDArray | None = None,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
) -> Array:
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    padded = np.pad(images.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = sliding_window_view(padded, weights.shape[-2:], axis=(-2, -1))[..., ::sh, ::sw, :, :]
    out = np.einsum("ncijab,kcab->nkij", windows, weights, optimize=True)
    if bias is not None:
        out = out + bias.reshape(-1, 1, 1)
    return out


def conv2d_backward(
    grad_output: NDArray, image: NDArray, kernel: NDArray, stride: int = 1, padding: int = 0
) -> tuple[Array, Array]:
    padded = np.pad(image.astype(float), padding)
    windows = sliding_window_view(padded, kernel.shape)[::stride, ::stride]
    grad_kernel = np.einsum("ijab,ij->ab", windows, grad_output)
    grad_padded = np.zeros_like(padded)
    window_gradients = sliding_window_view(grad_padded, kernel.shape, writeable=True)[::stride, ::stride]
    # Windows overlap in memory, so add one kernel entry at a time: these do not.
    for a, b in np.ndindex(*kernel.shape):
        window_gradients[:, :, a, b] += float(kernel[a, b]) * grad_output
    height, width = image.shape
    return grad_padded[padding : padding + height, padding : padding + width], grad_kernel
