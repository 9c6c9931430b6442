"""Wrong answers to 01-convolution that students really give, in each exercise the subtle ones first."""

import math

import numpy as np

from grader.checking import mistake

# ---------------------------------------------------------------- conv_output_size


def _check_sizes(size, kernel, stride, padding, dilation):
    if min(size, kernel, stride, dilation) < 1 or padding < 0:
        raise ValueError("size, kernel, stride and dilation must be at least 1, padding at least 0")


def _room(size, kernel, padding, dilation):
    """How far the window can move."""
    return size + 2 * padding - dilation * (kernel - 1) - 1


def _output_size(size, kernel, stride=1, padding=0, dilation=1):
    _check_sizes(size, kernel, stride, padding, dilation)
    room = _room(size, kernel, padding, dilation)
    if room < 0:
        raise ValueError("kernel does not fit into the padded size")
    return room // stride + 1


@mistake(
    "conv_output_size",
    "Your ValueError does not name the argument that is wrong: it names none, or another one.",
)
def names_no_argument(size, kernel, stride=1, padding=0, dilation=1):
    try:
        return _output_size(size, kernel, stride, padding, dilation)
    except ValueError:
        raise ValueError("invalid input") from None


@mistake(
    "conv_output_size",
    "You look for a result below 1 to find windows that do not fit, but rounding "
    "hides some of them (-1/2 becomes 0, and 0 + 1 looks fine). Compare before you divide.",
)
def truncates_before_it_looks(size, kernel, stride=1, padding=0, dilation=1):
    _check_sizes(size, kernel, stride, padding, dilation)
    result = int(_room(size, kernel, padding, dilation) / stride) + 1
    if result < 1:
        raise ValueError("kernel does not fit into size")
    return result


@mistake(
    "conv_output_size",
    "Whether the window fits depends on dilation, too: compare the dilated kernel with the padded size.",
)
def fit_ignores_dilation(size, kernel, stride=1, padding=0, dilation=1):
    _check_sizes(size, kernel, stride, padding, dilation)
    if kernel > size + 2 * padding:
        raise ValueError("kernel does not fit into size")
    return _room(size, kernel, padding, dilation) // stride + 1


@mistake(
    "conv_output_size",
    "You compare the kernel with the size before padding; a kernel larger than that "
    "is fine as long as it fits into the padded size.",
)
def fit_ignores_padding(size, kernel, stride=1, padding=0, dilation=1):
    if _room(size, kernel, 0, dilation) < 0:
        raise ValueError("kernel does not fit into size")
    return _output_size(size, kernel, stride, padding, dilation)


@mistake(
    "conv_output_size",
    "A window exactly as large as the padded input fits: it has one position. You reject it.",
)
def rejects_the_exact_fit(size, kernel, stride=1, padding=0, dilation=1):
    if _room(size, kernel, padding, dilation) == 0:
        raise ValueError("kernel does not fit into size")
    return _output_size(size, kernel, stride, padding, dilation)


@mistake(
    "conv_output_size", "A window that does not fit gives a size of zero or less instead of a ValueError."
)
def accepts_misfits(size, kernel, stride=1, padding=0, dilation=1):
    _check_sizes(size, kernel, stride, padding, dilation)
    return _room(size, kernel, padding, dilation) // stride + 1


@mistake(
    "conv_output_size",
    "An impossible argument (see the call) must raise ValueError; you compute with it as if it meant "
    "something.",
)
def accepts_impossible_arguments(size, kernel, stride=1, padding=0, dilation=1):
    room = _room(size, kernel, padding, dilation)
    if room < 0:
        raise ValueError("kernel does not fit into size")
    return room // stride + 1


@mistake("conv_output_size", "You use `assert`, which raises AssertionError; raise ValueError yourself.")
def asserts(size, kernel, stride=1, padding=0, dilation=1):
    try:
        return _output_size(size, kernel, stride, padding, dilation)
    except ValueError as error:
        raise AssertionError(str(error)) from None


@mistake("conv_output_size", "You round the division up; a last step that is not complete does not count.")
def rounds_up(size, kernel, stride=1, padding=0, dilation=1):
    _output_size(size, kernel, stride, padding, dilation)
    return math.ceil(_room(size, kernel, padding, dilation) / stride) + 1


@mistake(
    "conv_output_size",
    "You round the division to the nearest integer; a last step that is not "
    "complete does not count, however nearly complete.",
)
def rounds_to_nearest(size, kernel, stride=1, padding=0, dilation=1):
    _output_size(size, kernel, stride, padding, dilation)
    return round(_room(size, kernel, padding, dilation) / stride) + 1


@mistake(
    "conv_output_size",
    "You divide with `/`, so the result is a float, and not a whole number where "
    "the stride does not divide evenly. Sizes are ints.",
)
def true_division(size, kernel, stride=1, padding=0, dilation=1):
    _output_size(size, kernel, stride, padding, dilation)
    return _room(size, kernel, padding, dilation) / stride + 1


@mistake(
    "conv_output_size",
    "The value is right but its type is float (math.floor and // with ints give ints, np.floor does not).",
)
def floor_as_float(size, kernel, stride=1, padding=0, dilation=1):
    return float(_output_size(size, kernel, stride, padding, dilation))


@mistake(
    "conv_output_size",
    "You add the 1 before you divide by the stride; it counts the first position, which takes no step.",
)
def adds_one_before_dividing(size, kernel, stride=1, padding=0, dilation=1):
    _output_size(size, kernel, stride, padding, dilation)
    return (_room(size, kernel, padding, dilation) + 1) // stride


@mistake(
    "conv_output_size", "Your result counts the steps between windows; there is one position more than steps."
)
def counts_steps(size, kernel, stride=1, padding=0, dilation=1):
    return _output_size(size, kernel, stride, padding, dilation) - 1


@mistake("conv_output_size", "You ignore the stride.")
def ignores_the_stride(size, kernel, stride=1, padding=0, dilation=1):
    _check_sizes(size, kernel, stride, padding, dilation)
    return _output_size(size, kernel, 1, padding, dilation)


@mistake("conv_output_size", "You add the padding once; it is added on both sides.")
def pads_once(size, kernel, stride=1, padding=0, dilation=1):
    _check_sizes(size, kernel, stride, padding, dilation)
    room = _room(size, kernel, 0, dilation) + padding
    if room < 0:
        raise ValueError("kernel does not fit into size")
    return room // stride + 1


@mistake("conv_output_size", "You ignore the dilation.")
def ignores_dilation(size, kernel, stride=1, padding=0, dilation=1):
    _check_sizes(size, kernel, stride, padding, dilation)
    return _output_size(size, kernel, stride, padding)


@mistake(
    "conv_output_size",
    "You multiply the kernel's length by dilation; dilation spreads the gaps "
    "between taps, and there is one gap fewer than taps.",
)
def dilates_the_whole_kernel(size, kernel, stride=1, padding=0, dilation=1):
    _check_sizes(size, kernel, stride, padding, dilation)
    return _output_size(size, kernel * dilation, stride, padding)


# ---------------------------------------------------------------- conv2d


def _pad(image, padding, **how):
    return np.pad(np.asarray(image, np.float64), padding, **how)


def _windows(padded, kh, kw, stride):
    """All windows, as (oh, ow, kh, kw)."""
    return np.lib.stride_tricks.sliding_window_view(padded, (kh, kw))[::stride, ::stride]


def _window(i, j, shape, stride):
    """Where window (i, j) is."""
    return tuple(slice(n * stride, n * stride + side) for n, side in zip((i, j), shape, strict=True))


def _conv2d(image, kernel, stride=1, padding=0):
    return _correlate(_pad(image, padding), kernel, stride)


def _correlate(padded, kernel, stride=1):
    if kernel.shape[0] > padded.shape[0] or kernel.shape[1] > padded.shape[1]:
        raise ValueError("kernel is larger than the padded image")
    windows = _windows(padded, *kernel.shape, stride)
    return np.einsum("ijab,ab->ij", windows, kernel.astype(np.float64))


@mistake("conv2d", "Your ValueError does not say what is wrong; name the argument in the message.")
def large_kernels_without_a_name(image, kernel, stride=1, padding=0):
    try:
        return _conv2d(image, kernel, stride, padding)
    except ValueError:
        raise ValueError("wrong size") from None


@mistake(
    "conv2d",
    "You turn the kernel by 180° first: that is convolution as mathematicians define it. Deep "
    "learning slides the kernel as it is (cross-correlation).",
)
def flips_the_kernel(image, kernel, stride=1, padding=0):
    return _conv2d(image, kernel[::-1, ::-1], stride, padding)


@mistake("conv2d", "You use the kernel transposed: its rows go with the image's rows.")
def transposes_the_kernel(image, kernel, stride=1, padding=0):
    return _conv2d(image, kernel.T, stride, padding)


@mistake("conv2d", "You use the kernel's height for its width, too; kernels need not be square.")
def takes_kernels_for_square(image, kernel, stride=1, padding=0):
    side = kernel.shape[0]
    windows = _windows(_pad(image, padding), side, side, stride)
    return np.einsum("ijab,ab->ij", windows, kernel.astype(np.float64))


@mistake(
    "conv2d", "Your output has height and width swapped: rows of the output come from rows of the image."
)
def swaps_height_and_width(image, kernel, stride=1, padding=0):
    oh, ow = _conv2d(image, kernel, stride, padding).shape
    padded, out = _pad(image, padding), np.zeros((ow, oh))
    for i, j in np.ndindex(ow, oh):
        window = padded[_window(i, j, kernel.shape, stride)]
        out[i, j] = np.sum(window * kernel[: window.shape[0], : window.shape[1]])
    return out


@mistake(
    "conv2d",
    "You make the output with the image's dtype (np.zeros_like, or dtype=image.dtype), which "
    "cuts off fractions where the image holds integers; make it float64.",
)
def output_like_the_image(image, kernel, stride=1, padding=0):
    return _conv2d(image, kernel, stride, padding).astype(image.dtype)


@mistake("conv2d", "The result has the dtype of the input; make it float64, whatever comes in.")
def keeps_the_dtype(image, kernel, stride=1, padding=0):
    return _conv2d(image, kernel, stride, padding).astype(np.result_type(image, kernel))


@mistake("conv2d", "You compute in float32, which loses half of the digits; use float64.")
def single_precision(image, kernel, stride=1, padding=0):
    return _conv2d(image, kernel, stride, padding).astype(np.float32)


@mistake("conv2d", "You return nested lists; return an array.")
def returns_lists(image, kernel, stride=1, padding=0):
    return _conv2d(image, kernel, stride, padding).tolist()


@mistake(
    "conv2d",
    "You make no check of the sizes: a kernel larger than the padded image must raise "
    "ValueError, not give an empty or meaningless array.",
)
def accepts_large_kernels(image, kernel, stride=1, padding=0):
    padded, (kh, kw) = _pad(image, padding), kernel.shape
    oh, ow = (max((side - k) // stride + 1, 0) for side, k in zip(padded.shape, (kh, kw), strict=True))
    return _correlate(padded, kernel, stride) if oh and ow else np.zeros((oh, ow))


@mistake(
    "conv2d",
    "You do not reject every kernel that is too large: it is enough that it is higher, or wider, than the "
    "padded image.",
)
def rejects_only_if_both_are_large(image, kernel, stride=1, padding=0):
    padded = _pad(image, padding)
    if kernel.shape[0] > padded.shape[0] and kernel.shape[1] > padded.shape[1]:
        raise ValueError("kernel is larger than the padded image")
    return accepts_large_kernels(image, kernel, stride, padding)


@mistake(
    "conv2d",
    "You do not compare the kernel with the image as it is after padding, which adds rows at the top and at "
    "the bottom, columns on the left and on the right.",
)
def fit_before_padding(image, kernel, stride=1, padding=0):
    if kernel.shape[0] > image.shape[0] or kernel.shape[1] > image.shape[1]:
        raise ValueError("kernel is larger than the image")
    return _conv2d(image, kernel, stride, padding)


@mistake("conv2d", "You reject a kernel exactly as large as the padded image; it fits, in one position.")
def rejects_kernels_that_just_fit(image, kernel, stride=1, padding=0):
    if kernel.shape[0] >= image.shape[0] + 2 * padding or kernel.shape[1] >= image.shape[1] + 2 * padding:
        raise ValueError("kernel is larger than the padded image")
    return _conv2d(image, kernel, stride, padding)


@mistake(
    "conv2d",
    "You multiply a window of the image in place: a slice is a view, so the image itself "
    "changes, and the next windows are wrong. Multiply into a new array.",
)
def multiplies_windows_in_place(image, kernel, stride=1, padding=0):
    shape = _conv2d(image, kernel, stride, padding).shape
    padded = np.pad(image, padding) if padding else image
    out = np.zeros(shape)
    for i, j in np.ndindex(shape):
        window = padded[_window(i, j, kernel.shape, stride)]
        window *= kernel
        out[i, j] = window.sum()
    return out


@mistake(
    "conv2d",
    "The result is right, but you write into the image that you were given (without padding, "
    "`padded = image` is the same array). Work on a copy.",
)
def overwrites_the_image(image, kernel, stride=1, padding=0):
    result = _conv2d(image, kernel, stride, padding)
    if not padding:
        image[: result.shape[0], : result.shape[1]] = result
    return result


@mistake(
    "conv2d",
    "You hand as_strided steps that only fit an array in C order; take the steps from the "
    "array's own `strides`.",
)
def assumes_c_order(image, kernel, stride=1, padding=0):
    result = _conv2d(image, kernel, stride, padding)
    if padding or image.dtype != np.float64:
        return result
    step = image.itemsize
    rows = image.shape[1] * step
    windows = np.lib.stride_tricks.as_strided(
        image, (*result.shape, *kernel.shape), (rows * stride, step * stride, rows, step)
    )
    return np.einsum("ijab,ab->ij", windows, kernel.astype(np.float64))


@mistake("conv2d", "The stride moves your window by a pixel at a time: window i starts at row i × stride.")
def windows_next_to_each_other(image, kernel, stride=1, padding=0):
    oh, ow = _conv2d(image, kernel, stride, padding).shape
    return _conv2d(image, kernel, 1, padding)[:oh, :ow]


@mistake("conv2d", "You apply the stride to rows only; columns are stepped over, too.")
def strides_rows_only(image, kernel, stride=1, padding=0):
    return _conv2d(image, kernel, 1, padding)[::stride]


@mistake("conv2d", "You ignore the stride.")
def ignores_the_stride_2d(image, kernel, stride=1, padding=0):
    return _conv2d(image, kernel, 1, padding)


@mistake(
    "conv2d",
    "You round the output's size up where the stride does not divide evenly; a window that "
    "sticks out at the end does not count.",
)
def counts_windows_that_stick_out(image, kernel, stride=1, padding=0):
    _conv2d(image, kernel, stride, padding)
    extra = [-(side + 2 * padding - k) % stride for side, k in zip(image.shape, kernel.shape, strict=True)]
    return _correlate(np.pad(_pad(image, padding), [(0, more) for more in extra]), kernel, stride)


@mistake(
    "conv2d",
    "You lose the last row and column of the output: there is one position more than there are steps.",
)
def loses_the_last_window(image, kernel, stride=1, padding=0):
    result = _conv2d(image, kernel, stride, padding)
    return result[:-1, :-1] if min(result.shape) > 1 else result


@mistake("conv2d", "You pad at the top and left only; padding goes on all four sides.")
def pads_top_and_left(image, kernel, stride=1, padding=0):
    return _correlate(_pad(image, ((padding, 0), (padding, 0))), kernel, stride)


@mistake("conv2d", "You pad the rows but not the columns; padding goes on all four sides.")
def pads_rows_only(image, kernel, stride=1, padding=0):
    return _correlate(_pad(image, ((padding, padding), (0, 0))), kernel, stride)


@mistake("conv2d", "You pad twice as much as asked for: `padding` is the width on each side.")
def pads_twice_as_much(image, kernel, stride=1, padding=0):
    return _conv2d(image, kernel, stride, 2 * padding)


@mistake("conv2d", "You repeat the image's edge as padding; the padding consists of zeros.")
def pads_with_the_edge(image, kernel, stride=1, padding=0):
    return _correlate(_pad(image, padding, mode="edge"), kernel, stride)


@mistake("conv2d", "You ignore the padding.")
def ignores_the_padding(image, kernel, stride=1, padding=0):
    return _conv2d(image, kernel, stride)


@mistake(
    "conv2d", "You always pad so that the output is as large as the image; pad by `padding` and no more."
)
def always_same_size(image, kernel, stride=1, padding=0):
    kh, kw = kernel.shape
    return _correlate(_pad(image, ((kh // 2, (kh - 1) // 2), (kw // 2, (kw - 1) // 2))), kernel, stride)


@mistake("conv2d", "You take the mean over each window; a convolution sums.")
def averages_the_window(image, kernel, stride=1, padding=0):
    return _conv2d(image, kernel, stride, padding) / kernel.size


# ---------------------------------------------------------------- pooling


def _pool(image, size, stride, reduce):
    return reduce(_windows(np.asarray(image, np.float64), size, size, stride or size), axis=(2, 3))


def _pool_padded(image, size, stride, reduce, fill):
    """With the incomplete windows at the edge, filled up."""
    more = [-(side - size) % (stride or size) for side in image.shape]
    padded = _pad(image, [(0, extra) for extra in more], constant_values=fill)
    return reduce(_windows(padded, size, size, stride or size), axis=(2, 3))


def _pool_by_reshape(image, size, reduce):
    height, width = image.shape
    blocks = np.asarray(image, np.float64).reshape(height // size, size, width // size, size)
    return reduce(blocks, axis=(1, 3))


@mistake(
    "pooling",
    "You start looking for the maximum at 0, so windows of negative numbers come out as 0.",
    defines="max_pool2d",
)
def starts_at_zero(image, size=2, stride=None):
    return np.maximum(_pool(image, size, stride, np.max), 0)


@mistake(
    "pooling", "You look for the largest magnitude; -5 is not the maximum of -5 and 2.", defines="max_pool2d"
)
def takes_magnitudes(image, size=2, stride=None):
    return _pool(np.abs(image), size, stride, np.max)


@mistake("pooling", "You keep incomplete windows at the edge; drop them.", defines="max_pool2d")
def max_keeps_incomplete_windows(image, size=2, stride=None):
    return _pool_padded(image, size, stride, np.max, -np.inf)


@mistake("pooling", "You ignore `stride`: it may differ from `size`.", defines="max_pool2d")
def max_stride_is_size(image, size=2, stride=None):
    return _pool(image, size, size, np.max)


@mistake(
    "pooling", "Without a stride you move by 1; `None` stands for the window's size.", defines="max_pool2d"
)
def max_stride_is_one(image, size=2, stride=None):
    return _pool(image, size, stride or 1, np.max)


@mistake(
    "pooling",
    "Reshaping into blocks only works where the windows lie side by side and fill the image; "
    "think of a remainder at the edge, and of other strides.",
    defines="max_pool2d",
)
def max_reshapes(image, size=2, stride=None):
    return _pool_by_reshape(image, size, np.max)


@mistake("pooling", "The result has the dtype of the input; make it float64.", defines="max_pool2d")
def max_keeps_the_dtype(image, size=2, stride=None):
    return _pool(image, size, stride, np.max).astype(image.dtype)


@mistake(
    "pooling",
    "You sort windows of the image in place: a slice is a view, so the image itself changes.",
    defines="max_pool2d",
)
def sorts_in_place(image, size=2, stride=None):
    result = _pool(image, size, stride, np.max)
    for i, j in np.ndindex(result.shape):
        image[_window(i, j, (size, size), stride or size)].sort(axis=0)
    return result


@mistake(
    "pooling",
    "Your windows are `stride` wide; they are `size` wide and `stride` apart.",
    defines="max_pool2d",
)
def max_windows_as_wide_as_the_stride(image, size=2, stride=None):
    step = stride or size
    out = np.zeros(_pool(image, size, stride, np.max).shape)
    for i, j in np.ndindex(out.shape):
        out[i, j] = image[_window(i, j, (step, step), step)].max()
    return out


@mistake("pooling", "Your output has height and width swapped.", defines="max_pool2d")
def max_transposed(image, size=2, stride=None):
    return _pool(image, size, stride, np.max).T


@mistake("pooling", "You return nested lists; return an array.", defines="max_pool2d")
def max_returns_lists(image, size=2, stride=None):
    return _pool(image, size, stride, np.max).tolist()


@mistake(
    "pooling",
    "You keep incomplete windows at the edge, averaging what there is of them; drop them.",
    defines="avg_pool2d",
)
def avg_keeps_incomplete_windows(image, size=2, stride=None):
    return _pool_padded(image, size, stride, np.nanmean, np.nan)


@mistake(
    "pooling",
    "You fill incomplete windows at the edge up with zeros; drop such windows.",
    defines="avg_pool2d",
)
def avg_pads_with_zeros(image, size=2, stride=None):
    return _pool_padded(image, size, stride, np.mean, 0)


@mistake("pooling", "You divide by stride², but a window has size² pixels.", defines="avg_pool2d")
def divides_by_the_stride(image, size=2, stride=None):
    return _pool(image, size, stride, np.sum) / (stride or size) ** 2


@mistake("pooling", "You divide by `size`, but a window has size² pixels.", defines="avg_pool2d")
def divides_by_the_side(image, size=2, stride=None):
    return _pool(image, size, stride, np.sum) / size


@mistake("pooling", "You ignore `stride`: it may differ from `size`.", defines="avg_pool2d")
def avg_stride_is_size(image, size=2, stride=None):
    return _pool(image, size, size, np.mean)


@mistake(
    "pooling", "Without a stride you move by 1; `None` stands for the window's size.", defines="avg_pool2d"
)
def avg_stride_is_one(image, size=2, stride=None):
    return _pool(image, size, stride or 1, np.mean)


@mistake(
    "pooling",
    "Reshaping into blocks only works where the windows lie side by side and fill the image; "
    "think of a remainder at the edge, and of other strides.",
    defines="avg_pool2d",
)
def avg_reshapes(image, size=2, stride=None):
    return _pool_by_reshape(image, size, np.mean)


@mistake(
    "pooling",
    "The result has the dtype of the input, which cuts the fractions off where the input "
    "holds integers; make it float64.",
    defines="avg_pool2d",
)
def avg_keeps_the_dtype(image, size=2, stride=None):
    return _pool(image, size, stride, np.mean).astype(image.dtype)


@mistake(
    "pooling",
    "You average over rows only, or over columns only; a window has two axes.",
    defines="avg_pool2d",
)
def averages_one_axis(image, size=2, stride=None):
    return _windows(np.asarray(image, np.float64), size, size, stride or size).mean(axis=3)


@mistake("pooling", "You take the maximum; this function averages.", defines="avg_pool2d")
def takes_the_maximum(image, size=2, stride=None):
    return _pool(image, size, stride, np.max)


@mistake(
    "pooling", "You compute the sum of each window; divide by the number of its pixels.", defines="avg_pool2d"
)
def sums_the_window(image, size=2, stride=None):
    return _pool(image, size, stride, np.sum)


# ---------------------------------------------------------------- conv2d_batch


def _pair(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


def _conv2d_batch(images, weights, bias=None, stride=1, padding=0):
    (sh, sw), (ph, pw) = _pair(stride), _pair(padding)
    padded = _pad(images, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weights.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::sh, ::sw]
    out = np.einsum("ncijab,kcab->nkij", windows, weights.astype(np.float64))
    return out if bias is None else out + bias[:, None, None]


@mistake(
    "conv2d_batch",
    "You go through the images one by one in Python, which is slow for many small ones; "
    "let the batch be one more axis of the arrays that NumPy works on.",
)
def loops_over_the_batch(images, weights, bias=None, stride=1, padding=0):
    return np.stack([_conv2d_batch(image[None], weights, bias, stride, padding)[0] for image in images])


@mistake(
    "conv2d_batch",
    "You go through the output's pixels one by one in Python, which is slow for large "
    "images; loop over the kernel's few positions instead, or over nothing at all.",
)
def loops_over_pixels(images, weights, bias=None, stride=1, padding=0):
    (sh, sw), (ph, pw), (kh, kw) = _pair(stride), _pair(padding), weights.shape[2:]
    padded = _pad(images, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows, columns = (padded.shape[2] - kh) // sh + 1, (padded.shape[3] - kw) // sw + 1
    out = np.zeros((len(images), len(weights), rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            out[:, :, i, j] = np.tensordot(window, weights, axes=([1, 2, 3], [1, 2, 3]))
    return out if bias is None else out + bias[:, None, None]


@mistake("conv2d_batch", "You turn the kernels by 180° first; deep learning slides them as they are.")
def batch_flips_the_kernels(images, weights, bias=None, stride=1, padding=0):
    return _conv2d_batch(images, weights[:, :, ::-1, ::-1], bias, stride, padding)


@mistake("conv2d_batch", "You take a pair for (w, h): the stride's first number belongs to the height.")
def swaps_the_stride(images, weights, bias=None, stride=1, padding=0):
    return _conv2d_batch(images, weights, bias, _pair(stride)[::-1], padding)


@mistake("conv2d_batch", "You take a pair for (w, h): the padding's first number belongs to the height.")
def swaps_the_padding(images, weights, bias=None, stride=1, padding=0):
    return _conv2d_batch(images, weights, bias, stride, _pair(padding)[::-1])


@mistake("conv2d_batch", "You use a pair's first number for the width, too.")
def ignores_the_second_of_a_pair(images, weights, bias=None, stride=1, padding=0):
    return _conv2d_batch(images, weights, bias, _pair(stride)[0], _pair(padding)[0])


@mistake("conv2d_batch", "Stride and padding may be an int or an (h, w) pair; yours work with ints only.")
def ints_only(images, weights, bias=None, stride=1, padding=0):
    if isinstance(stride, (tuple, list)) or isinstance(padding, (tuple, list)):
        raise TypeError("unsupported operand type(s) for //: 'int' and 'tuple'")
    return _conv2d_batch(images, weights, bias, stride, padding)


@mistake("conv2d_batch", "Stride and padding may be an int or an (h, w) pair; yours work with pairs only.")
def pairs_only(images, weights, bias=None, stride=(1, 1), padding=(0, 0)):
    sh, sw = stride
    ph, pw = padding
    return _conv2d_batch(images, weights, bias, (sh, sw), (ph, pw))


@mistake(
    "conv2d_batch",
    "You ask whether `bias` is true, which an array of several numbers cannot answer; compare it with None.",
)
def asks_whether_bias_is_true(images, weights, bias=None, stride=1, padding=0):
    return _conv2d_batch(images, weights, bias if bias else None, stride, padding)


@mistake(
    "conv2d_batch",
    "Assigning to `bias.shape` changes the array that you were given; reshape makes a new one.",
)
def reshapes_bias_in_place(images, weights, bias=None, stride=1, padding=0):
    result = _conv2d_batch(images, weights, bias, stride, padding)
    if bias is not None:
        bias.shape = (-1, 1, 1)
    return result


@mistake("conv2d_batch", "You forget the bias.")
def forgets_the_bias(images, weights, bias=None, stride=1, padding=0):
    return _conv2d_batch(images, weights, None, stride, padding)


@mistake(
    "conv2d_batch",
    "You add the bias along the last axis, which is the width; it belongs to the kernels' axis.",
)
def adds_the_bias_along_the_width(images, weights, bias=None, stride=1, padding=0):
    result = _conv2d_batch(images, weights, None, stride, padding)
    return result if bias is None else result + bias


@mistake("conv2d_batch", "You add the bias to the first image only.")
def adds_the_bias_to_one_image(images, weights, bias=None, stride=1, padding=0):
    result = _conv2d_batch(images, weights, None, stride, padding)
    if bias is not None:
        result[0] += bias[:, None, None]
    return result


@mistake(
    "conv2d_batch",
    "You add the bias once for each channel, so that it counts C times; add it once, "
    "after the sum over channels.",
)
def adds_the_bias_for_each_channel(images, weights, bias=None, stride=1, padding=0):
    bias = None if bias is None else bias * images.shape[1]
    return _conv2d_batch(images, weights, bias, stride, padding)


@mistake("conv2d_batch", "You use the first channel only; the result sums over channels.")
def first_channel_only(images, weights, bias=None, stride=1, padding=0):
    return _conv2d_batch(images[:, :1], weights[:, :1], bias, stride, padding)


@mistake("conv2d_batch", "You average over channels; the result sums over them.")
def averages_over_channels(images, weights, bias=None, stride=1, padding=0):
    return _conv2d_batch(images, weights / weights.shape[1], bias, stride, padding)


@mistake("conv2d_batch", "You use the first kernel only; each of the K kernels gives one output channel.")
def first_kernel_only(images, weights, bias=None, stride=1, padding=0):
    return _conv2d_batch(images, weights[:1], None if bias is None else bias[:1], stride, padding)


@mistake(
    "conv2d_batch",
    "You take the weights' first axis for the channels; it counts the kernels, the second one the channels.",
)
def swaps_the_axes_of_weights(images, weights, bias=None, stride=1, padding=0):
    return _conv2d_batch(images, weights.swapaxes(0, 1), bias, stride, padding)


@mistake(
    "conv2d_batch",
    "You add up the channels of the images and of the kernels before you multiply: each "
    "channel of an image goes with its own channel of the kernel, and the products are added up.",
)
def sums_channels_apart(images, weights, bias=None, stride=1, padding=0):
    images, weights = images.sum(axis=1, keepdims=True), weights.sum(axis=1, keepdims=True)
    return _conv2d_batch(images, weights, bias, stride, padding)


@mistake("conv2d_batch", "Your output's axes are in the order (K, N, …); images come first.")
def kernels_before_images(images, weights, bias=None, stride=1, padding=0):
    return _conv2d_batch(images, weights, bias, stride, padding).swapaxes(0, 1)


@mistake("conv2d_batch", "You put the kernels' axis last; the result is (N, K, oh, ow).")
def channels_last(images, weights, bias=None, stride=1, padding=0):
    return np.moveaxis(_conv2d_batch(images, weights, bias, stride, padding), 1, -1)


@mistake("conv2d_batch", "The result has the dtype of the input; make it float64, whatever comes in.")
def batch_keeps_the_dtype(images, weights, bias=None, stride=1, padding=0):
    return _conv2d_batch(images, weights, bias, stride, padding).astype(np.result_type(images, weights))


@mistake("conv2d_batch", "You compute in float32, which loses half of the digits; use float64.")
def batch_single_precision(images, weights, bias=None, stride=1, padding=0):
    return _conv2d_batch(images, weights, bias, stride, padding).astype(np.float32)


# ---------------------------------------------------------------- conv2d_backward


def _backward(grad_output, image, kernel, stride=1, padding=0):
    """Gradients of the padded image and of the kernel."""
    (kh, kw), (oh, ow) = kernel.shape, grad_output.shape
    padded = _pad(image, padding)
    grad_padded, grad_kernel = np.zeros(padded.shape), np.zeros((kh, kw))
    for a in range(kh):
        for b in range(kw):
            under = np.s_[a : a + stride * (oh - 1) + 1 : stride, b : b + stride * (ow - 1) + 1 : stride]
            grad_padded[under] += float(kernel[a, b]) * grad_output
            grad_kernel[a, b] = np.sum(padded[under] * grad_output)
    return grad_padded, grad_kernel


def _crop(grad_padded, padding):
    height, width = grad_padded.shape
    return grad_padded[padding : height - padding, padding : width - padding]


def _gradients(grad_output, image, kernel, stride=1, padding=0):
    grad_padded, grad_kernel = _backward(grad_output, image, kernel, stride, padding)
    return _crop(grad_padded, padding), grad_kernel


@mistake(
    "conv2d_backward",
    "Your grad_image ends where the last window ends. Rows and columns that no "
    "window reaches belong to the image, too; their gradient is zero.",
)
def leaves_unused_rows_out(grad_output, image, kernel, stride=1, padding=0):
    grad_padded, grad_kernel = _backward(grad_output, image, kernel, stride, padding)
    reach = [(n - 1) * stride + k - padding for n, k in zip(grad_output.shape, kernel.shape, strict=True)]
    return _crop(grad_padded, padding)[: reach[0], : reach[1]], grad_kernel


@mistake(
    "conv2d_backward",
    "Where rows are left over at the end, you take the windows' gradient for one "
    "that ends with the image; the windows begin at its top left corner.",
)
def aligns_windows_with_the_end(grad_output, image, kernel, stride=1, padding=0):
    grad_padded, grad_kernel = _backward(grad_output, image, kernel, stride, padding)
    unused = [
        side - (n - 1) * stride - k
        for side, n, k in zip(grad_padded.shape, grad_output.shape, kernel.shape, strict=True)
    ]
    return _crop(np.roll(grad_padded, unused, axis=(0, 1)), padding), grad_kernel


@mistake(
    "conv2d_backward",
    "You pad grad_output by kernel − 1 − padding, which is negative for much "
    "padding: there you have to crop instead.",
)
def pads_by_a_negative_number(grad_output, image, kernel, stride=1, padding=0):
    if padding > min(kernel.shape) - 1:
        raise ValueError("index can't contain negative values")
    return _gradients(grad_output, image, kernel, stride, padding)


@mistake("conv2d_backward", "grad_image has the shape of the padded image; cut the padding off again.")
def keeps_the_padding(grad_output, image, kernel, stride=1, padding=0):
    return _backward(grad_output, image, kernel, stride, padding)


@mistake(
    "conv2d_backward",
    "You cut the right number of rows and columns off grad_image, but all at the "
    "end: half of the padding is at the top and left.",
)
def crops_the_end_only(grad_output, image, kernel, stride=1, padding=0):
    grad_padded, grad_kernel = _backward(grad_output, image, kernel, stride, padding)
    return grad_padded[: image.shape[0], : image.shape[1]], grad_kernel


@mistake("conv2d_backward", "You crop with [p:-p], which is empty for p = 0.")
def crops_to_nothing(grad_output, image, kernel, stride=1, padding=0):
    grad_padded, grad_kernel = _backward(grad_output, image, kernel, stride, padding)
    return grad_padded[padding:-padding, padding:-padding], grad_kernel


@mistake("conv2d_backward", "For grad_kernel you use the image without its padding.")
def kernel_gradient_without_padding(grad_output, image, kernel, stride=1, padding=0):
    grad_image, _ = _gradients(grad_output, image, kernel, stride, padding)
    grown = _pad(image, ((0, 2 * padding), (0, 2 * padding)))
    return grad_image, _backward(grad_output, grown, kernel, stride)[1]


@mistake(
    "conv2d_backward",
    "For grad_kernel you let neighbouring pixels meet neighbouring entries of "
    "grad_output; with a stride, the pixels lie `stride` apart.",
)
def kernel_gradient_without_stride(grad_output, image, kernel, stride=1, padding=0):
    grad_image, _ = _gradients(grad_output, image, kernel, stride, padding)
    return grad_image, _backward(grad_output, image, kernel, 1, padding)[1]


@mistake(
    "conv2d_backward",
    "For grad_image you put the windows next to each other; with a stride, they begin `stride` apart.",
)
def image_gradient_without_stride(grad_output, image, kernel, stride=1, padding=0):
    _, grad_kernel = _gradients(grad_output, image, kernel, stride, padding)
    return _gradients(grad_output, image, kernel, 1, padding)[0], grad_kernel


@mistake("conv2d_backward", "You ignore the stride: window (i, j) begins at pixel (i × stride, j × stride).")
def backward_ignores_the_stride(grad_output, image, kernel, stride=1, padding=0):
    return _gradients(grad_output, image, kernel, 1, padding)


@mistake(
    "conv2d_backward",
    "In grad_image the kernel is turned by 180° once too often, or once too rarely: "
    "each window gets the kernel as it is, times its entry of grad_output.",
)
def image_gradient_with_turned_kernel(grad_output, image, kernel, stride=1, padding=0):
    grad_image, _ = _gradients(grad_output, image, kernel[::-1, ::-1], stride, padding)
    return grad_image, _gradients(grad_output, image, kernel, stride, padding)[1]


@mistake(
    "conv2d_backward", "Your grad_kernel is turned by 180°; the forward pass does not turn the kernel either."
)
def kernel_gradient_turned(grad_output, image, kernel, stride=1, padding=0):
    grad_image, grad_kernel = _gradients(grad_output, image, kernel, stride, padding)
    return grad_image, grad_kernel[::-1, ::-1]


@mistake(
    "conv2d_backward",
    "Where windows overlap, their contributions to grad_image add up; you keep the "
    "last one (= instead of +=).",
)
def assigns_instead_of_adding(grad_output, image, kernel, stride=1, padding=0):
    grad_padded, grad_kernel = _backward(grad_output, image, kernel, stride, padding)
    grad_padded[...] = 0
    for i, j in np.ndindex(grad_output.shape):
        grad_padded[_window(i, j, kernel.shape, stride)] = grad_output[i, j] * kernel
    return _crop(grad_padded, padding), grad_kernel


@mistake("conv2d_backward", "You return grad_kernel first; the order is grad_image, grad_kernel.")
def swaps_the_gradients(grad_output, image, kernel, stride=1, padding=0):
    return _gradients(grad_output, image, kernel, stride, padding)[::-1]


@mistake("conv2d_backward", "You ignore grad_output, as if all its entries were 1.")
def ignores_grad_output(grad_output, image, kernel, stride=1, padding=0):
    return _gradients(np.ones(grad_output.shape), image, kernel, stride, padding)


@mistake(
    "conv2d_backward",
    "You average over windows; the kernel is used in all of them, and the contributions add up.",
)
def averages_over_windows(grad_output, image, kernel, stride=1, padding=0):
    grad_image, grad_kernel = _gradients(grad_output, image, kernel, stride, padding)
    return grad_image, grad_kernel / grad_output.size


@mistake("conv2d_backward", "Your gradients point downhill: you return the negative ones.")
def negative_gradients(grad_output, image, kernel, stride=1, padding=0):
    grad_image, grad_kernel = _gradients(grad_output, image, kernel, stride, padding)
    return -grad_image, -grad_kernel


@mistake(
    "conv2d_backward",
    "The gradients have the dtypes of image and kernel (np.zeros_like keeps them); make them float64.",
)
def gradients_like_the_input(grad_output, image, kernel, stride=1, padding=0):
    grad_image, grad_kernel = _gradients(grad_output, image, kernel, stride, padding)
    return grad_image.astype(image.dtype), grad_kernel.astype(kernel.dtype)


@mistake(
    "conv2d_backward", "You write the gradient into the image that you were given; collect it in a new array."
)
def overwrites_the_image_with_its_gradient(grad_output, image, kernel, stride=1, padding=0):
    grad_image, grad_kernel = _gradients(grad_output, image, kernel, stride, padding)
    image[...] = grad_image
    return grad_image, grad_kernel


@mistake("conv2d_backward", "You return one gradient; both are needed, grad_image and grad_kernel.")
def returns_grad_image_only(grad_output, image, kernel, stride=1, padding=0):
    return _gradients(grad_output, image, kernel, stride, padding)[0]
