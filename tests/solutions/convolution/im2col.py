import math

import numpy as np

# A class that knows the geometry, matrices of columns, and callable instances in the place of functions.


class Geometry:
    def __init__(self, shape, kernel, stride, padding):
        self.shape, self.kernel, self.stride, self.padding = shape, kernel, stride, padding
        self.padded = tuple(s + 2 * p for s, p in zip(shape, padding, strict=True))
        self.out = tuple((s - k) // t + 1 for s, k, t in zip(self.padded, kernel, stride, strict=True))

    @property
    def fits(self):
        return all(k <= s for k, s in zip(self.kernel, self.padded, strict=True))

    def indices(self):
        """Flat indices into a padded image: (kh·kw, oh·ow)."""
        a, b, i, j = np.ogrid[: self.kernel[0], : self.kernel[1], : self.out[0], : self.out[1]]
        flat = (i * self.stride[0] + a) * self.padded[1] + j * self.stride[1] + b
        return flat.reshape(math.prod(self.kernel), -1)

    def pad(self, x):
        (h, w), (ph, pw) = self.shape, self.padding
        padded = np.zeros((*x.shape[:-2], *self.padded), dtype=np.float64)
        padded[..., ph : ph + h, pw : pw + w] = x
        return padded

    def crop(self, x):
        (h, w), (ph, pw) = self.shape, self.padding
        return x[..., ph : ph + h, pw : pw + w]

    def columns(self, x):
        padded = self.pad(x)
        return padded.reshape(*padded.shape[:-2], -1)[..., self.indices()]


class OutputSize:
    def __call__(self, size, kernel, stride=1, padding=0, dilation=1):
        self.check(size=size, kernel=kernel, stride=stride, dilation=dilation)
        if padding < 0:
            raise ValueError("negative padding")
        steps = math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride)
        if steps < 0:
            raise ValueError("dilation and kernel exceed the padded size")
        return steps + 1

    @staticmethod
    def check(**values):
        for name, value in values.items():
            if value <= 0:
                raise ValueError(f"{name} has to be positive")


conv_output_size = OutputSize()


def conv2d(image, kernel, stride=1, padding=0):
    geometry = Geometry(image.shape, kernel.shape, (stride,) * 2, (padding,) * 2)
    if not geometry.fits:
        raise ValueError("kernel larger than the padded image")
    return (kernel.reshape(1, -1) @ geometry.columns(image)).reshape(geometry.out)


class Pool:
    def __init__(self, reduce):
        self.reduce = reduce

    def __call__(self, image, size=2, stride=None):
        step = size if stride is None else stride
        geometry = Geometry(image.shape, (size, size), (step, step), (0, 0))
        return self.reduce(geometry.columns(image), axis=0).reshape(geometry.out)


max_pool2d, avg_pool2d = Pool(np.max), Pool(np.mean)


def conv2d_batch(images, weights, bias=None, stride=1, padding=0):
    def pair(value):
        try:
            h, w = value
        except TypeError:
            return value, value
        return h, w

    geometry = Geometry(images.shape[2:], weights.shape[2:], pair(stride), pair(padding))
    columns = geometry.columns(images)  # (N, C, kh·kw, oh·ow)
    n, k = len(images), len(weights)
    out = np.matmul(weights.reshape(k, -1), columns.reshape(n, -1, columns.shape[-1]))
    if bias is None:
        bias = np.zeros(k)
    return (out + bias[None, :, None]).reshape(n, k, *geometry.out)


def conv2d_backward(grad_output, image, kernel, stride=1, padding=0):
    geometry = Geometry(image.shape, kernel.shape, (stride,) * 2, (padding,) * 2)
    columns, g = geometry.columns(image), grad_output.reshape(1, -1)
    grad_kernel = (columns @ g.T).reshape(kernel.shape)
    grad_padded = np.zeros(geometry.padded)
    np.add.at(grad_padded.reshape(-1), geometry.indices(), kernel.reshape(-1, 1) * g)
    return [geometry.crop(grad_padded), grad_kernel.astype(np.float64)]
