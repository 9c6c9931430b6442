import numpy

# The way a textbook writes it: a loop for every index, a running sum, no helper.


def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    if size < 1:
        raise ValueError("size must be positive")
    if kernel < 1:
        raise ValueError("kernel must be positive")
    if stride < 1:
        raise ValueError("stride must be positive")
    if dilation < 1:
        raise ValueError("dilation must be positive")
    if padding < 0:
        raise ValueError("padding must not be negative")
    span = dilation * (kernel - 1) + 1
    if span > size + 2 * padding:
        raise ValueError("the dilated kernel does not fit")
    return (size + 2 * padding - span) // stride + 1


def conv2d(image, kernel, stride=1, padding=0):
    height, width = image.shape
    kh, kw = kernel.shape
    if kh > height + 2 * padding or kw > width + 2 * padding:
        raise ValueError("the kernel is too large")
    rows = (height + 2 * padding - kh) // stride + 1
    columns = (width + 2 * padding - kw) // stride + 1
    output = numpy.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            total = 0.0
            for a in range(kh):
                for b in range(kw):
                    y, x = i * stride + a - padding, j * stride + b - padding
                    if 0 <= y < height and 0 <= x < width:
                        total += image[y, x] * kernel[a, b]
            output[i, j] = total
    return output


def max_pool2d(image, size=2, stride=None):
    if stride is None:
        stride = size
    rows = (image.shape[0] - size) // stride + 1
    columns = (image.shape[1] - size) // stride + 1
    output = numpy.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            best = image[i * stride, j * stride]
            for a in range(size):
                for b in range(size):
                    if image[i * stride + a, j * stride + b] > best:
                        best = image[i * stride + a, j * stride + b]
            output[i, j] = best
    return output


def avg_pool2d(image, size=2, stride=None):
    if stride is None:
        stride = size
    rows = (image.shape[0] - size) // stride + 1
    columns = (image.shape[1] - size) // stride + 1
    output = numpy.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            total = 0.0
            for a in range(size):
                for b in range(size):
                    total += image[i * stride + a, j * stride + b]
            output[i, j] = total / (size * size)
    return output


def conv2d_batch(images, weights, bias=None, stride=1, padding=0):
    if isinstance(stride, int):
        stride = (stride, stride)
    if isinstance(padding, int):
        padding = (padding, padding)
    n, channels, height, width = images.shape
    k, _, kh, kw = weights.shape
    padded = numpy.zeros((n, channels, height + 2 * padding[0], width + 2 * padding[1]))
    padded[:, :, padding[0] : padding[0] + height, padding[1] : padding[1] + width] = images
    high = (padded.shape[2] - kh) // stride[0] + 1
    wide = (padded.shape[3] - kw) // stride[1] + 1
    output = numpy.zeros((n, k, high, wide))
    for o in range(k):
        for c in range(channels):
            for a in range(kh):
                for b in range(kw):
                    rows = slice(a, a + (high - 1) * stride[0] + 1, stride[0])
                    columns = slice(b, b + (wide - 1) * stride[1] + 1, stride[1])
                    output[:, o] += weights[o, c, a, b] * padded[:, c, rows, columns]
        if bias is not None:
            output[:, o] += bias[o]
    return output


def conv2d_backward(grad_output, image, kernel, stride=1, padding=0):
    height, width = image.shape
    grad_image, grad_kernel = numpy.zeros(image.shape), numpy.zeros(kernel.shape)
    for i in range(grad_output.shape[0]):
        for j in range(grad_output.shape[1]):
            for a in range(kernel.shape[0]):
                for b in range(kernel.shape[1]):
                    y, x = i * stride + a - padding, j * stride + b - padding
                    if 0 <= y < height and 0 <= x < width:
                        grad_image[y, x] += grad_output[i, j] * kernel[a, b]
                        grad_kernel[a, b] += grad_output[i, j] * image[y, x]
    return grad_image, grad_kernel
