"""Grader of convolution/conv2d_backward: the two gradients are checked apart as far as possible."""

import numpy as np

from grader.checking import expect_array, expect_unchanged, fail, points
from grader.exercises.convolution import cases

STRIDED_AND_PADDED = (
    ((5, 5), (3, 3), 2, 0),
    ((4, 5), (3, 3), 1, 1),
    ((7, 5), (3, 2), 2, 1),
    ((6, 7), (2, 4), 3, 2),
    ((4, 4), (1, 1), 1, 2),  # more padding than the kernel reaches over
    ((5, 3), (2, 3), 1, 3),
    ((5, 6), (1, 2), 3, 0),  # the stride steps over whole rows
    ((3, 4), (2, 2), 9, 0),
    ((2, 3), (4, 5), 2, 1),
)


@points(0.5)
def test_dtype_and_shape(student):
    """Two new float64 arrays of the right shapes, the input left as it was"""
    rng = np.random.default_rng(1)
    for dtype in (np.float64, np.int64, np.uint8, np.float32):
        for image_shape, kernel_shape in (((4, 4), (3, 3)), ((4, 6), (3, 2)), ((3, 2), (3, 2))):
            image, kernel = np.full(image_shape, 3, dtype), np.full(kernel_shape, 2, dtype)
            grad_output = np.ones_like(cases.conv2d(image, kernel), dtype)
            _check(student, ("grad_image", "grad_kernel"), grad_output, image, kernel)
            expect_unchanged(student)
    for dtypes in (
        ("int", "float", "float"),
        ("float", "int", "int"),
        ("float", "int", "float"),
        ("float", "float", "int"),
    ):
        shapes, values = ((2, 3), (4, 4), (3, 2)), (1.5, 2.5, -3.5)
        arrays = [np.full(*each) for each in zip(shapes, values, dtypes, strict=True)]
        _check(student, ("grad_image", "grad_kernel"), *arrays)
    image, kernel = cases.normal(rng, 5, 4), np.full((2, 3), 0.5)
    grad_output = _draw_grad_output(rng, image, kernel)
    for arguments in zip(*map(cases.layouts, (grad_output, image, kernel)), strict=True):
        _check(student, ("grad_image", "grad_kernel"), *arguments)
        expect_unchanged(student)
    student.conv2d_backward(_draw_grad_output(rng, image, kernel, 2, 1), image, kernel, 2, padding=1)
    expect_unchanged(student)


@points(1)
def test_grad_image(student):
    """grad_image, without padding and with stride 1"""
    _check_grid(student, "grad_image", _plain_grid(20))


@points(1)
def test_grad_kernel(student):
    """grad_kernel, without padding and with stride 1"""
    _check_grid(student, "grad_kernel", _plain_grid(30))


@points(1)
def test_grad_image_stride_and_padding(student):
    """grad_image with stride and padding"""
    _check_grid(student, "grad_image", [*STRIDED_AND_PADDED, *cases.sizes(40, 8, (1, 2, 3), (0, 1, 2, 3))])


@points(1)
def test_grad_kernel_stride_and_padding(student):
    """grad_kernel with stride and padding"""
    _check_grid(student, "grad_kernel", [*STRIDED_AND_PADDED, *cases.sizes(50, 8, (1, 2, 3), (0, 1, 2, 3))])


@points(0.5)
def test_unused_rows(student):
    """Rows and columns that no window reaches: both gradients"""
    rng = np.random.default_rng(6)
    grid = ((6, 5, 2, 0), (5, 6, 2, 0), (8, 7, 3, 0), (6, 8, 2, 1), (9, 7, 4, 0))
    for height, width, stride, padding in grid:
        image, kernel = cases.normal(rng, height, width), cases.normal(rng, 3, 3)
        grad_output = _draw_grad_output(rng, image, kernel, stride, padding)
        how = {"stride": stride, "padding": padding}
        _check(student, ("grad_image", "grad_kernel"), grad_output, image, kernel, **how)


def _plain_grid(seed):
    shapes = [((4, 4), (2, 2)), ((5, 6), (3, 2)), ((1, 1), (1, 1)), ((3, 4), (3, 4)), ((3, 4), (1, 1))]
    return [*((*pair, 1, 0) for pair in shapes), *cases.sizes(seed, 6)]


def _check_grid(student, which, grid):
    rng = np.random.default_rng(2)
    for image_shape, kernel_shape, stride, padding in grid:
        image, kernel = cases.normal(rng, *image_shape), cases.normal(rng, *kernel_shape)
        grad_output = _draw_grad_output(rng, image, kernel, stride, padding)
        if stride == 1 and padding == 0:
            _check(student, (which,), grad_output, image, kernel)
        else:
            _check(student, (which,), grad_output, image, kernel, stride, padding=padding)


def _draw_grad_output(rng, image, kernel, stride=1, padding=0):
    return cases.normal(rng, *cases.conv2d(image, kernel, stride, padding).shape)


def _check(student, which, grad_output, image, kernel, *args, **kwargs):
    got = student.conv2d_backward(grad_output, image, kernel, *args, **kwargs)
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        fail("has to return two arrays, `grad_image, grad_kernel`")
    expected = cases.conv2d_backward(grad_output, image, kernel, *args, **kwargs)
    for name, array, wanted in zip(("grad_image", "grad_kernel"), got, expected, strict=True):
        if name in which:
            expect_array(array, wanted, what=name)
