from numpy import *
from numpy.lib.stride_tricks import as_strided

# ruff: noqa: F403, F405
# as_strided on contiguous copies, tensordot, scatter by index; results in any memory order.


def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    if any(array([size, kernel, stride, dilation]) < 1) or padding < 0:
        raise ValueError("size, kernel, stride, dilation >= 1 and padding >= 0, please")
    positions = arange(0, size + 2 * padding - dilation * (kernel - 1), stride)
    if not len(positions):
        raise ValueError("kernel and dilation are too much for size")
    return positions.size


def padded_copy(x, ph, pw):
    out = zeros((*x.shape[:-2], x.shape[-2] + 2 * ph, x.shape[-1] + 2 * pw))
    out[..., ph : out.shape[-2] - ph, pw : out.shape[-1] - pw] = x
    return out


def all_windows(x, kh, kw, sh, sw):
    *front, h, w = x.shape
    *steps, row, column = x.strides
    shape = (*front, (h - kh) // sh + 1, (w - kw) // sw + 1, kh, kw)
    return as_strided(x, shape, (*steps, row * sh, column * sw, row, column), writeable=False)


def conv2d(image, kernel, stride=1, padding=0):
    x = padded_copy(image, padding, padding)
    if kernel.shape[0] > x.shape[0] or kernel.shape[1] > x.shape[1]:
        raise ValueError(f"Kernel {kernel.shape} does not fit into {x.shape}")
    return tensordot(all_windows(x, *kernel.shape, stride, stride), kernel, 2).astype(float64)


def max_pool2d(image, size=2, stride=None):
    x = asfortranarray(image, dtype=float64)
    return amax(all_windows(x, size, size, stride or size, stride or size), axis=(2, 3))


def avg_pool2d(image, size=2, stride=None):
    x = asfortranarray(image, dtype=float64)
    return all_windows(x, size, size, stride or size, stride or size).sum(axis=(2, 3)) / size**2


def conv2d_batch(images, weights, bias=None, stride=1, padding=0):
    sh, sw = (stride, stride) if isscalar(stride) else stride
    ph, pw = (padding, padding) if isscalar(padding) else padding
    windows = all_windows(padded_copy(images, ph, pw), *weights.shape[2:], sh, sw)
    out = tensordot(windows, weights, axes=([1, 4, 5], [1, 2, 3])).astype(float64)
    if bias is not None:
        out += bias
    return out.transpose(0, 3, 1, 2)


def conv2d_backward(grad_output, image, kernel, stride=1, padding=0):
    x = padded_copy(image, padding, padding)
    windows = all_windows(x, *kernel.shape, stride, stride)
    grad_kernel = tensordot(grad_output, windows, axes=((0, 1), (0, 1)))
    where = all_windows(arange(x.size).reshape(x.shape), *kernel.shape, stride, stride)
    contributions = multiply.outer(grad_output, kernel)
    flat = bincount(where.ravel(), weights=contributions.ravel(), minlength=x.size)
    grad_image = flat.reshape(x.shape)[padding:, padding:][: image.shape[0], : image.shape[1]]
    return grad_image, asfortranarray(grad_kernel)
