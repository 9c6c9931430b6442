# Ada solved everything, in a style of her own: views, einsum, few loops.
from numpy.lib.stride_tricks import sliding_window_view


def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    for name, value in {"size": size, "kernel": kernel, "stride": stride, "dilation": dilation}.items():
        if value < 1:
            raise ValueError(f"{name} must be positive, not {value}")
    if padding < 0:
        raise ValueError(f"padding must not be negative, but is {padding}")
    room = size + 2 * padding - (dilation * (kernel - 1) + 1)
    if room < 0:
        raise ValueError("the kernel, spread by its dilation, is wider than the padded input")
    return 1 + room // stride


def conv2d(image, kernel, stride=1, padding=0):
    padded = np.pad(np.asarray(image, dtype=np.float64), padding)
    if kernel.shape[0] > padded.shape[0] or kernel.shape[1] > padded.shape[1]:
        raise ValueError(f"kernel {kernel.shape} is larger than the padded image {padded.shape}")
    windows = sliding_window_view(padded, kernel.shape)[::stride, ::stride]
    return np.einsum("ijab,ab->ij", windows, kernel.astype(np.float64))


def _pool(image, size, stride, how):
    step = size if stride is None else stride
    windows = sliding_window_view(image.astype(np.float64), (size, size))[::step, ::step]
    return how(windows, axis=(2, 3))


def max_pool2d(image, size=2, stride=None):
    return _pool(image, size, stride, np.max)


def avg_pool2d(image, size=2, stride=None):
    return _pool(image, size, stride, np.mean)


def conv2d_batch(images, weights, bias=None, stride=1, padding=0):
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    padded = np.pad(images.astype(np.float64), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = sliding_window_view(padded, weights.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    out = np.einsum("nchwij,kcij->nkhw", windows, weights.astype(np.float64), optimize=True)
    return out if bias is None else out + bias[:, None, None]


def conv2d_backward(grad_output, image, kernel, stride=1, padding=0):
    padded = np.pad(image.astype(np.float64), padding)
    grad_padded = np.zeros_like(padded)
    grad_kernel = np.zeros(kernel.shape)
    oh, ow = grad_output.shape
    for a in range(kernel.shape[0]):
        for b in range(kernel.shape[1]):
            rows = slice(a, a + (oh - 1) * stride + 1, stride)
            columns = slice(b, b + (ow - 1) * stride + 1, stride)
            grad_kernel[a, b] = (grad_output * padded[rows, columns]).sum()
            grad_padded[rows, columns] += grad_output * kernel[a, b]
    height, width = image.shape
    return grad_padded[padding : padding + height, padding : padding + width], grad_kernel


ANSWER = """A shift of the input shifts the feature map by the same amount (equivariance), because every position
uses the same weights. Pooling keeps only the largest value of a window, so that a shift inside the window
changes nothing: that is a little invariance. The dense layer afterwards has neither."""
