"""Grader of convolution/conv2d_batch.

Where weights are constant within a kernel, flipping one makes no difference: such a check is about
something else.
"""

import time

import numpy as np

from grader.checking import expect_array, expect_unchanged, fail, points
from grader.exercises.convolution import cases

FASTER = 10  # than plain loops, says the exercise
ROUNDS = 3  # of timing at least. While that looks too slow, more of them for
SECONDS = 1.0  # at most: the busier the machine, the more it takes to see one round undisturbed.


@points(0.5)
def test_dtype_and_shape(student):
    """A new float64 array of the right shape, the input left as it was"""
    rng = np.random.default_rng(1)
    for images_dtype, weights_dtype, value in (
        (np.float64, np.float64, 0.5),
        (np.int64, np.int64, 2),
        (np.int32, np.float64, 0.25),
        (np.uint8, np.int64, -3),
        (np.float32, np.float32, 0.5),
    ):
        images = cases.whole(rng, 4, 2, 6, 5, dtype=images_dtype)
        weights = np.full((3, 2, 2, 3), value, weights_dtype)
        expect_array(student.conv2d_batch(images, weights), cases.conv2d_batch(images, weights))
        expect_unchanged(student)
    images, weights, bias = cases.normal(rng, 2, 2, 4, 4), np.full((2, 2, 3, 3), 2), np.array([1, 1])
    expect_array(student.conv2d_batch(images, weights, bias), cases.conv2d_batch(images, weights, bias))
    for weights in cases.layouts(np.arange(6.0).reshape(3, 2, 1, 1) * np.ones((2, 3))):
        expect_array(student.conv2d_batch(images, weights), cases.conv2d_batch(images, weights))
    for images in cases.layouts(cases.normal(rng, 2, 3, 5, 3)):
        weights, bias = np.full((2, 3, 3, 2), 0.5), np.array([1.0, 1.0])
        for padding in (0, 1):
            got = student.conv2d_batch(images, weights, bias, 1, padding)
            expect_array(got, cases.conv2d_batch(images, weights, bias, 1, padding))
            expect_unchanged(student)


@points(1)
def test_values(student):
    """The values for several images, channels and kernels"""
    rng = np.random.default_rng(2)
    for images_shape, weights_shape in (
        ((1, 1, 5, 5), (1, 1, 3, 3)),
        ((3, 1, 5, 4), (1, 1, 2, 3)),
        ((1, 3, 4, 6), (1, 3, 3, 3)),
        ((1, 1, 6, 5), (4, 1, 3, 2)),
        ((3, 3, 5, 5), (3, 3, 3, 3)),
        ((4, 2, 6, 7), (3, 2, 3, 4)),
        ((2, 4, 3, 5), (5, 4, 3, 5)),
        ((2, 3, 4, 4), (2, 3, 1, 1)),
        ((1, 1, 1, 1), (1, 1, 1, 1)),
    ):
        images, weights = cases.normal(rng, *images_shape), cases.normal(rng, *weights_shape)
        expect_array(student.conv2d_batch(images, weights), cases.conv2d_batch(images, weights))


@points(0.5)
def test_bias(student):
    """One bias for each kernel, added to every pixel of every image"""
    rng = np.random.default_rng(3)
    for n, channels, kernels, side in ((1, 1, 1, 4), (2, 1, 2, 4), (3, 2, 4, 6), (4, 3, 4, 6), (3, 1, 3, 5)):
        images, bias = cases.normal(rng, n, channels, side, side), cases.normal(rng, kernels)
        weights = np.full((kernels, channels, 3, 3), 0.5)
        expect_array(student.conv2d_batch(images, weights, bias), cases.conv2d_batch(images, weights, bias))
    for bias in (np.zeros(3), np.array([0.0, 1.5, -2.0])):
        got = student.conv2d_batch(images, weights, bias=bias)
        expect_array(got, cases.conv2d_batch(images, weights, bias))


@points(1)
def test_stride_and_padding(student):
    """Stride and padding, as one int or as an (h, w) pair"""
    rng = np.random.default_rng(4)
    for stride, padding in (
        (2, 0),
        (1, 1),
        (3, 2),
        (9, 1),
        ((2, 2), 0),
        (1, (1, 1)),
        ((1, 2), 0),
        ((3, 1), (0, 0)),
        (1, (2, 0)),
        (2, (1, 3)),
        ((2, 3), 1),
        ((2, 1), (0, 2)),
    ):
        for height, width, kh, kw in ((6, 7, 3, 2), (5, 5, 3, 3)):
            images, weights = cases.normal(rng, 2, 2, height, width), cases.normal(rng, 3, 2, kh, kw)
            got = student.conv2d_batch(images, weights, stride=stride, padding=padding)
            expect_array(got, cases.conv2d_batch(images, weights, None, stride, padding))


@points(1)
def test_speed_on_many_images(student):
    """Fast on many tiny images: no Python loop over the batch"""
    times = _times_faster(student, (512, 1, 5, 5), sample=np.s_[:16])
    if times < FASTER:
        fail(
            f"is {times:.1f} times as fast as plain loops over images and pixels, where at least {FASTER} "
            "is expected: let NumPy handle all images in one go",
            mistake="loops_over_the_batch",
        )


@points(1)
def test_speed_on_a_large_image(student):
    """Fast on a large image: no Python loop over pixels"""
    times = _times_faster(student, (1, 1, 96, 96), sample=np.s_[:, :, :5])
    if times < FASTER:
        fail(
            f"is {times:.1f} times as fast as plain loops over pixels, where at least {FASTER} is expected: "
            "let NumPy handle all pixels in one go",
            mistake="loops_over_pixels",
        )


def _times_faster(student, shape, sample):
    """How many times as fast as plain loops the student is on images of this shape.

    The loops' time is linear in the number of output pixels, so they are timed on a sample of the images.
    Both take turns, and the shortest time of each counts: it is the one that other processes disturbed
    least. Each round has new images, and its result has to be right.
    """
    rng = np.random.default_rng(5)
    weights = np.empty((2, 1, 3, 3))
    weights[0], weights[1] = 0.5, -0.25
    fast = plain = np.inf
    rounds, start = 0, time.perf_counter()
    while rounds < ROUNDS or (plain < FASTER * fast and time.perf_counter() < start + SECONDS):
        images = cases.normal(rng, *shape)
        got, seconds = _timed(student.conv2d_batch, images, weights)
        expect_array(got, cases.conv2d_batch(images, weights))
        fast = min(fast, seconds)
        part, seconds = _timed(_plain_loops, images[sample], weights)
        plain = min(plain, seconds * got.size / part.size)
        rounds += 1
    return plain / fast


def _plain_loops(images, weights):
    n, _, height, width = images.shape
    k, _, kh, kw = weights.shape
    result = np.zeros((n, k, height - kh + 1, width - kw + 1))
    for index in np.ndindex(result.shape):
        image, kernel, i, j = index
        result[index] = np.sum(images[image, :, i : i + kh, j : j + kw] * weights[kernel])
    return result


def _timed(function, *args):
    start = time.perf_counter()
    result = function(*args)
    return result, time.perf_counter() - start
