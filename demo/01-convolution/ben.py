# Ben handed in everything, with mistakes that many make.


def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1


def conv2d(image, kernel, stride=1, padding=0):
    kernel = kernel[::-1, ::-1]
    padded = np.pad(image, padding)
    if padded.shape[0] < kernel.shape[0] or padded.shape[1] < kernel.shape[1]:
        raise ValueError("kernel larger than image")
    rows = (padded.shape[0] - kernel.shape[0]) // stride + 1
    columns = (padded.shape[1] - kernel.shape[1]) // stride + 1
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = padded[
                i * stride : i * stride + kernel.shape[0], j * stride : j * stride + kernel.shape[1]
            ]
            result[i, j] = (window * kernel).sum()
    return result


def max_pool2d(image, size=2, stride=None):
    stride = stride or size
    rows, columns = (image.shape[0] - size) // stride + 1, (image.shape[1] - size) // stride + 1
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            for value in image[i * stride : i * stride + size, j * stride : j * stride + size].flat:
                if value > result[i, j]:
                    result[i, j] = value
    return result


def avg_pool2d(image, size=2, stride=None):
    stride = stride or size
    rows, columns = (image.shape[0] - size) // stride + 1, (image.shape[1] - size) // stride + 1
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            result[i, j] = image[i * stride : i * stride + size, j * stride : j * stride + size].mean()
    return result


def conv2d_batch(images, weights, bias=None, stride=1, padding=0):
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    padded = np.pad(images, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    kh, kw = weights.shape[2:]
    rows, columns = (padded.shape[2] - kh) // sh + 1, (padded.shape[3] - kw) // sw + 1
    result = np.zeros((len(images), len(weights), rows, columns))
    for n in range(len(images)):
        for i in range(rows):
            for j in range(columns):
                window = padded[n, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
                result[n, :, i, j] = (weights * window).sum(axis=(1, 2, 3))
    return result if bias is None else result + bias.reshape(1, -1, 1, 1)


ANSWER = "Convolution is invariant to translation."
