import numpy as np

# One good function, conv2d_batch; the others call it, or each other. Backward is a transposed convolution.


def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    arguments = {
        "size": size,
        "kernel": kernel,
        "stride": stride,
        "dilation": dilation,
        "padding": padding + 1,
    }
    wrong = [name for name, value in arguments.items() if value < 1]
    if wrong:
        raise ValueError("Invalid " + " and ".join(wrong))
    reach = 1 + (kernel - 1) * dilation
    last = size + 2 * padding - reach
    if last < 0:
        raise ValueError("STRIDE makes no difference: nothing fits")
    return len(range(0, last + 1, stride))


def conv2d_batch(images, weights, bias=None, stride=1, padding=0):
    s = np.ones(2, dtype=int) * stride
    p = np.zeros(2, dtype=int) + padding
    images = np.pad(images.astype(np.float64), [(0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])])
    n, c, h, w = images.shape
    k, _, kh, kw = weights.shape
    oh, ow = conv_output_size(h, kh, s[0]), conv_output_size(w, kw, s[1])
    rows = s[0] * np.arange(oh)[:, None] + np.arange(kh)
    columns = s[1] * np.arange(ow)[:, None] + np.arange(kw)
    patches = images[:, :, rows[:, None, :, None], columns[None, :, None, :]]  # n, c, oh, ow, kh, kw
    patches = np.moveaxis(patches, 1, 3).reshape(n * oh * ow, c * kh * kw)
    result = patches @ weights.reshape(k, -1).T.astype(np.float64)
    result += 0.0 if bias is None else bias
    return result.reshape(n, oh, ow, k).transpose(0, 3, 1, 2)


def conv2d(image, kernel, stride=1, padding=0):
    try:
        return conv2d_batch(image[None, None], kernel[None, None], None, stride, padding)[0, 0]
    except ValueError as error:
        raise ValueError("the kernel does not fit") from error


def max_pool2d(image, size=2, stride=None):
    stride = stride or size
    starts = [range(0, side - size + 1, stride) for side in image.shape]
    return np.array(
        [[image[i : i + size, j : j + size].max() for j in starts[1]] for i in starts[0]], dtype=np.float64
    )


def avg_pool2d(image, size=2, stride=None):
    return conv2d(image, np.ones((size, size)), stride or size) / (size * size)


def conv2d_backward(grad_output, image, kernel, stride=1, padding=0):
    kh, kw = kernel.shape
    h, w = image.shape
    spread = np.zeros((h + 2 * padding - kh + 1, w + 2 * padding - kw + 1))
    spread[::stride, ::stride] = grad_output
    grad_kernel = conv2d(image, spread, padding=padding)
    around = np.pad(spread, ((kh - 1, kh - 1), (kw - 1, kw - 1)))
    grad_padded = conv2d(around, np.flip(kernel))
    return grad_padded[padding : padding + h, padding : padding + w], grad_kernel
