import collections

import numpy as np

# A convolution is linear in the image: build its matrix once, multiply with it, backwards with its transpose.

Gradients = collections.namedtuple("Gradients", "grad_image grad_kernel")


def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    if min(size, kernel) < 1:
        raise ValueError("size or kernel below 1")
    if min(stride, dilation) < 1:
        raise ValueError("stride or dilation below 1")
    if padding < 0:
        raise ValueError("padding below 0")
    taps = np.arange(kernel) * dilation
    starts = np.arange(0, size + 2 * padding, stride)
    result = np.count_nonzero(starts + taps[-1] < size + 2 * padding)
    if not result:
        raise ValueError("kernel beyond the padded input")
    return int(result)


def selector(size, kernel, stride, padding):
    """(out, kernel, size): which pixel each tap of each window sees; none in the padding."""
    out = conv_output_size(size, kernel, stride, padding)
    seen = stride * np.arange(out)[:, None] + np.arange(kernel) - padding
    return (seen[:, :, None] == np.arange(size)).astype(np.float64)


def selectors(image, kernel, stride, padding):
    return [selector(s, k, stride, padding) for s, k in zip(image.shape, kernel.shape, strict=True)]


def conv2d(image, kernel, stride=1, padding=0):
    rows, columns = selectors(image, kernel, stride, padding)
    return np.einsum("iah,jbw,hw,ab->ij", rows, columns, image, kernel, optimize=True)


def max_pool2d(image, size=2, stride=None):
    step = stride or size
    height, width = (conv_output_size(side, size, step) for side in image.shape)
    rows = np.array([image[i * step : i * step + size].max(axis=0) for i in range(height)])
    return np.array([rows[:, j * step : j * step + size].max(axis=1) for j in range(width)]).T.astype(float)


def avg_pool2d(image, size=2, stride=None):
    rows, columns = (selector(side, size, stride or size, 0).mean(axis=1) for side in image.shape)
    return rows @ image @ columns.T


def conv2d_batch(images, weights, bias=None, stride=1, padding=0):
    sh, sw = stride if isinstance(stride, tuple) else [stride] * 2
    ph, pw = padding if isinstance(padding, tuple) else [padding] * 2
    rows = selector(images.shape[2], weights.shape[2], sh, ph)
    columns = selector(images.shape[3], weights.shape[3], sw, pw)
    seen = np.einsum("iah,nchw->ncaiw", rows, images, optimize=True)
    mixed = np.einsum("kcab,ncaiw->nkbiw", weights, seen, optimize=True)
    out = np.einsum("nkbiw,jbw->nkij", mixed, columns, optimize=True)
    return out if bias is None else out + np.expand_dims(bias, (0, 2, 3))


def conv2d_backward(grad_output, image, kernel, stride=1, padding=0):
    rows, columns = selectors(image, kernel, stride, padding)
    grad_image = np.einsum("iah,jbw,ij,ab->hw", rows, columns, grad_output, kernel, optimize=True)
    grad_kernel = np.einsum("iah,jbw,ij,hw->ab", rows, columns, grad_output, image, optimize=True)
    return Gradients(grad_image, grad_kernel)
