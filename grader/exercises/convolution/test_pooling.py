"""Grader of convolution/pooling: the two functions are checked apart, so that one alone earns its part."""

import numpy as np

from grader.checking import expect_array, expect_unchanged, points
from grader.exercises.convolution import cases


@points(0.5)
def test_max_dtype(student):
    """max_pool2d: a new float64 array, the input left as it was"""
    _dtype_and_purity(student, student.max_pool2d, cases.max_pool2d)


@points(0.5)
def test_max_values(student):
    """max_pool2d: the largest value of each window, also of negative ones"""
    _windows_side_by_side(student.max_pool2d, cases.max_pool2d)


@points(0.5)
def test_max_stride(student):
    """max_pool2d: strides, and incomplete windows dropped"""
    _strides(student.max_pool2d, cases.max_pool2d)


@points(0.5)
def test_avg_dtype(student):
    """avg_pool2d: a new float64 array, the input left as it was"""
    _dtype_and_purity(student, student.avg_pool2d, cases.avg_pool2d)


@points(0.5)
def test_avg_values(student):
    """avg_pool2d: the mean of each window"""
    _windows_side_by_side(student.avg_pool2d, cases.avg_pool2d)


@points(0.5)
def test_avg_stride(student):
    """avg_pool2d: strides, and incomplete windows dropped"""
    _strides(student.avg_pool2d, cases.avg_pool2d)


def _dtype_and_purity(student, pool, oracle):
    rng = np.random.default_rng(1)
    for dtype in (np.float64, np.int64, np.int32, np.uint8, np.float32):
        image = cases.whole(rng, 4, 4, dtype=dtype)
        expect_array(pool(image), oracle(image, 2))
        expect_unchanged(student)
    bright = np.full((4, 4), 200, np.uint8)  # the sum of a window does not fit into uint8
    expect_array(pool(bright), oracle(bright, 2))
    for image in cases.layouts(cases.whole(rng, 6, 4, dtype=np.float64)):
        expect_array(pool(image, 2), oracle(image, 2))
        expect_unchanged(student)


def _windows_side_by_side(pool, oracle):
    rng = np.random.default_rng(2)
    for height, width, size in ((4, 4, 2), (4, 6, 2), (6, 3, 3), (2, 3, 1), (1, 1, 1), (4, 4, 4), (12, 8, 4)):
        image = cases.normal(rng, height, width)
        expect_array(pool(image, size), oracle(image, size))
        negative = -1e6 * (1 + np.abs(image))
        expect_array(pool(negative, size=size), oracle(negative, size))


def _strides(pool, oracle):
    rng = np.random.default_rng(3)
    for height, width, size, stride in (
        (5, 5, 2, None),
        (7, 4, 3, None),
        (4, 4, 2, 1),
        (6, 5, 3, 2),
        (7, 6, 2, 3),
        (5, 8, 3, 4),
        (3, 5, 3, 1),
        (4, 5, 2, 9),
        (6, 9, 1, 2),
        (6, 6, 4, 4),
    ):
        image = cases.normal(rng, height, width) - 1
        expect_array(pool(image, size, stride), oracle(image, size, stride))
    image = cases.normal(rng, 6, 7)
    expect_array(pool(image, stride=3), oracle(image, 2, 3))
