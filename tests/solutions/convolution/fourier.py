import numpy as np
from numpy import fft

# Correlation as a product in the frequency domain, forwards and backwards.


def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    if not (size >= 1 and kernel >= 1 and stride >= 1 and dilation >= 1 and padding >= 0):
        raise ValueError(f"bad argument: {size=}, {kernel=}, {stride=}, {padding=}, {dilation=}")
    steps, _ = divmod(size + 2 * padding - (kernel - 1) * dilation - 1, stride)
    if steps < 0:
        raise ValueError(f"does not fit: {size=}, {kernel=}, {stride=}, {padding=}, {dilation=}")
    return int(steps + 1)


def correlate(x, w):
    """Valid cross-correlation over the last two axes, which broadcast in front."""
    x, w = np.asarray(x, dtype=np.float64), np.asarray(w, dtype=np.float64)
    height, width = x.shape[-2:]
    product = fft.rfft2(x) * np.conj(fft.rfft2(w, s=(height, width), axes=(-2, -1)))
    full = fft.irfft2(product, s=(height, width), axes=(-2, -1))
    return full[..., : height - w.shape[-2] + 1, : width - w.shape[-1] + 1]


def conv2d(image, kernel, stride=1, padding=0):
    padded = np.pad(image, padding)
    if not all(np.less_equal(kernel.shape, padded.shape)):
        raise ValueError("kernel is larger than the padded image")
    return correlate(padded, kernel)[::stride, ::stride]


def max_pool2d(image, size=2, stride=None):
    stride = stride or size
    oh, ow = ((side - size) // stride + 1 for side in image.shape)
    out = np.full((oh, ow), -np.inf)
    for a in range(size):
        for b in range(size):
            np.maximum(out, image[a::stride, b::stride][:oh, :ow], out=out)
    return out


def avg_pool2d(image, size=2, stride=None):
    return conv2d(image, np.full((size, size), 1 / size**2), stride or size)


def conv2d_batch(images, weights, bias=None, stride=1, padding=0):
    sh, sw = (stride, stride) if np.ndim(stride) == 0 else stride
    ph, pw = (padding, padding) if np.ndim(padding) == 0 else padding
    padded = np.pad(images, [(0, 0), (0, 0), (ph, ph), (pw, pw)])
    out = correlate(padded[:, None], weights[None]).sum(axis=2)[:, :, ::sh, ::sw]
    return out if bias is None else out + bias[:, np.newaxis, np.newaxis]


def conv2d_backward(grad_output, image, kernel, stride=1, padding=0):
    padded = np.pad(image, padding).astype(np.float64)
    spread = np.zeros((padded.shape[0] - kernel.shape[0] + 1, padded.shape[1] - kernel.shape[1] + 1))
    spread[::stride, ::stride] = grad_output
    grad_kernel = correlate(padded, spread)
    frequencies = fft.rfft2(spread, s=padded.shape) * fft.rfft2(kernel.astype(float), s=padded.shape)
    grad_padded = fft.irfft2(frequencies, s=padded.shape)
    inside = slice(padding, -padding or None)
    return grad_padded[inside, inside], grad_kernel
