"""Grader of convolution/conv2d.

Where kernels are constant, flipping or transposing one makes no difference: such a check is about
something else.
"""

import numpy as np

from grader.checking import expect_array, expect_unchanged, expect_value_error, points
from grader.exercises.convolution import cases


@points(0.5)
def test_dtype(student):
    """A float64 array, whatever the dtype of the input"""
    rng = np.random.default_rng(1)
    for image_dtype, kernel_dtype, value in (
        (np.float64, np.float64, 1),
        (np.int32, np.float64, 0.25),
        (np.int64, np.int64, 2),
        (np.uint8, np.int64, -3),
        (np.uint8, np.float64, 0.5),
        (np.float32, np.float32, 0.5),
    ):
        image = cases.whole(rng, 5, 5, dtype=image_dtype)
        kernel = np.full((3, 3), value, kernel_dtype)
        expect_array(student.conv2d(image, kernel), cases.conv2d(image, kernel))
    image, kernel = cases.normal(rng, 5, 5), np.full((3, 3), 2)  # fractions, and a kernel of whole numbers
    expect_array(student.conv2d(image, kernel), cases.conv2d(image, kernel))


@points(0.5)
def test_shape(student):
    """The output's shape for images and kernels of any shape"""
    for image_shape, kernel_shape, stride, padding in (
        ((4, 7), (3, 3), 1, 0),
        ((6, 5), (2, 3), 1, 0),
        ((6, 5), (5, 1), 1, 0),
        ((1, 1), (1, 1), 1, 0),
        ((3, 5), (3, 5), 1, 0),
        ((7, 4), (3, 2), 2, 0),
        ((6, 9), (3, 4), 2, 0),
        ((4, 6), (2, 2), 7, 0),
        ((3, 4), (3, 2), 1, 1),
        ((2, 3), (4, 5), 2, 1),
    ):
        image, kernel = np.ones(image_shape), np.ones(kernel_shape)
        got = student.conv2d(image, kernel, stride, padding)
        expect_array(got, cases.conv2d(image, kernel, stride, padding))


@points(1)
def test_values(student):
    """The values, without padding and with stride 1"""
    rng = np.random.default_rng(2)
    shapes = [((5, 5), (3, 3)), ((1, 1), (1, 1)), ((4, 6), (4, 6)), ((4, 6), (1, 1)), ((5, 7), (2, 4))]
    for image_shape, kernel_shape in shapes + [drawn[:2] for drawn in cases.sizes(20, 8)]:
        image, kernel = cases.normal(rng, *image_shape), cases.normal(rng, *kernel_shape)
        expect_array(student.conv2d(image, kernel), cases.conv2d(image, kernel))


@points(1)
def test_stride(student):
    """The values with a stride, also where it does not divide evenly"""
    rng = np.random.default_rng(3)
    grid = [((5, 5), (3, 3), 2, 0), ((6, 8), (3, 2), 2, 0), ((8, 5), (2, 2), 3, 0), ((4, 5), (3, 3), 9, 0)]
    for image_shape, kernel_shape, stride, _ in [*grid, *cases.sizes(30, 8, strides=(2, 3))]:
        image, kernel = cases.normal(rng, *image_shape), cases.normal(rng, *kernel_shape)
        expect_array(student.conv2d(image, kernel, stride=stride), cases.conv2d(image, kernel, stride))


@points(1)
def test_padding(student):
    """The values with zero padding on all four sides"""
    rng = np.random.default_rng(4)
    grid = [
        ((5, 5), (3, 3), 1, 1),
        ((4, 5), (3, 2), 1, 2),
        ((2, 1), (4, 3), 1, 1),  # fits only thanks to the padding
        ((1, 1), (1, 1), 1, 3),
        ((4, 6), (3, 3), 2, 1),
    ]
    for image_shape, kernel_shape, stride, padding in [*grid, *cases.sizes(40, 8, (1, 2, 3), (1, 2, 3))]:
        image, kernel = cases.normal(rng, *image_shape), cases.normal(rng, *kernel_shape)
        got = student.conv2d(image, kernel, padding=padding, stride=stride)
        expect_array(got, cases.conv2d(image, kernel, stride, padding))


@points(0.5)
def test_rejects_large_kernels(student):
    """ValueError if the kernel is larger than the padded image, and only then"""
    for height, width, padding in ((3, 4, 0), (1, 2, 1)):
        image = np.ones((height, width))
        kernel = np.ones((height + 2 * padding, width + 2 * padding))  # fits exactly
        expect_array(student.conv2d(image, kernel, 2, padding), cases.conv2d(image, kernel, 2, padding))
        for more in ((1, 1), (1, 0), (0, 1), (3, -1), (-2, 3)):  # the last has fewer pixels than the image
            large = np.ones(np.add(kernel.shape, more))
            expect_value_error(
                student.conv2d, image, large, padding=padding, stride=2, naming=("kernel", "image", "padding")
            )


@points(0.5)
def test_layout_and_unchanged_input(student):
    """Any memory layout of the input, which stays as it was"""
    rng = np.random.default_rng(5)
    kernel = np.full((3, 3), 0.5)
    for image in cases.layouts(cases.normal(rng, 6, 5)):
        for padding in (0, 1):
            got = student.conv2d(image, kernel, padding=padding)
            expect_array(got, cases.conv2d(image, kernel, padding=padding))
            expect_unchanged(student)
    image = cases.normal(rng, 6, 5)
    for kernel in cases.layouts(cases.normal(rng, 1, 1) * np.ones((3, 2))):
        expect_array(student.conv2d(image, kernel), cases.conv2d(image, kernel))
        expect_unchanged(student)
