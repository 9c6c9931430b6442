import warnings
from functools import partial
from itertools import product

import numpy as np

# Shift and add; partial and lambda make the functions; talks a lot while it works.


def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    print("conv_output_size", size, kernel)
    if size <= 0 or kernel <= 0:
        raise ValueError("size and kernel must be > 0")
    if stride <= 0 or dilation <= 0:
        raise ValueError("stride and dilation must be > 0")
    if padding < 0:
        raise ValueError("padding must be >= 0")

    def count(room):  # one window, then the rest of the way
        return 0 if room < 0 else 1 + count(room - stride)

    windows = count(size + 2 * padding - 1 - dilation * (kernel - 1))
    if windows == 0:
        raise ValueError("size is too small")
    return windows


def conv2d(image, kernel, stride=1, padding=0):
    warnings.warn("slow but sure", stacklevel=2)
    image = np.pad(np.array(image, dtype="float64"), ((padding, padding), (padding, padding)))
    (h, w), (kh, kw) = image.shape, kernel.shape
    if kh > h or kw > w:
        raise ValueError("padding does not suffice")
    total = 0
    for a, b in product(range(kh), range(kw)):
        total = total + kernel[a, b] * image[a : h - kh + a + 1 : stride, b : w - kw + b + 1 : stride]
    return total


def pool(image, size=2, stride=None, *, how):
    stride = stride if stride is not None else size
    h, w = image.shape
    shifted = [
        image[a : h - size + a + 1 : stride, b : w - size + b + 1 : stride]
        for a in range(size)
        for b in range(size)
    ]
    return how(np.stack(shifted).astype(np.double), axis=0)


max_pool2d = partial(pool, how=np.max)
avg_pool2d = lambda image, size=2, stride=None: pool(image, size, stride, how=np.mean)  # noqa: E731


def conv2d_batch(images, weights, bias=None, stride=1, padding=0):
    print("shapes:", images.shape, weights.shape)
    pair = lambda v: (v, v) if isinstance(v, int) else tuple(v)  # noqa: E731
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    n, c, h, w = images.shape
    k, c, kh, kw = weights.shape
    x = np.zeros((n, c, h + 2 * ph, w + 2 * pw))
    x[:, :, ph : ph + h, pw : pw + w] = images
    oh, ow = (x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1
    out = np.zeros((k, n, oh, ow))
    for a in range(kh):
        for b in range(kw):
            part = x[:, :, a : a + sh * oh : sh, b : b + sw * ow : sw][:, :, :oh, :ow]
            out += np.tensordot(weights[:, :, a, b], part, axes=(1, 1))
    if bias is not None:
        out += np.reshape(bias, (k, 1, 1, 1))
    return out.swapaxes(0, 1)


def conv2d_backward(grad_output, image, kernel, stride=1, padding=0):
    g = np.asarray(grad_output)
    x = np.pad(np.asarray(image, float), padding)
    (h, w), (kh, kw) = x.shape, kernel.shape
    dx, dk = np.zeros((h, w)), np.empty((kh, kw))
    for a, b in np.ndindex(kh, kw):
        here = np.s_[a : h - kh + a + 1 : stride, b : w - kw + b + 1 : stride]
        dx[here] += g * float(kernel[a, b])
        dk[a, b] = (x[here] * g).sum()
    if padding:
        dx = dx[padding:-padding, padding:-padding]
    return dx, dk
