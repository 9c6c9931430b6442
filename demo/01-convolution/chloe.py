# Chloe got as far as max-pooling. What she solved is right.


def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    if size < 1 or kernel < 1 or stride < 1 or dilation < 1 or padding < 0:
        raise ValueError("need size, kernel, stride, dilation >= 1 and padding >= 0")
    span = dilation * (kernel - 1) + 1
    if span > size + 2 * padding:
        raise ValueError("kernel does not fit into size")
    count = 0
    while span + count * stride <= size + 2 * padding:
        count += 1
    return count


def conv2d(image, kernel, stride=1, padding=0):
    h, w = image.shape
    kh, kw = kernel.shape
    canvas = np.zeros((h + 2 * padding, w + 2 * padding))
    canvas[padding : padding + h, padding : padding + w] = image
    if kh > canvas.shape[0] or kw > canvas.shape[1]:
        raise ValueError("the kernel must not be larger than the padded image")
    tops = range(0, canvas.shape[0] - kh + 1, stride)
    lefts = range(0, canvas.shape[1] - kw + 1, stride)
    return np.array(
        [[np.vdot(canvas[t : t + kh, l : l + kw], kernel) for l in lefts] for t in tops], dtype=float
    )  # noqa: E741


def max_pool2d(image, size=2, stride=None):
    if stride is None:
        stride = size
    tops = range(0, image.shape[0] - size + 1, stride)
    lefts = range(0, image.shape[1] - size + 1, stride)
    return np.array([[image[t : t + size, l : l + size].max() for l in lefts] for t in tops], dtype=float)  # noqa: E741


def avg_pool2d(image, size=2, stride=None):
    raise NotImplementedError
