"""Grader of convolution/conv_output_size."""

from itertools import product

from grader.checking import expect_int, expect_value_error, points
from grader.exercises.convolution.cases import conv_output_size


@points(0.5)
def test_kernel_and_stride(student):
    """Sizes for kernels and strides, as an int"""
    for size, kernel, stride in product((8, 5, 3, 1), (3, 1, 2, 5), (2, 1, 3, 9)):
        if kernel <= size:
            expect_int(student.conv_output_size(size, kernel, stride), conv_output_size(size, kernel, stride))


@points(0.5)
def test_padding(student):
    """Padding is added on both sides"""
    for size, kernel, stride, padding in product((5, 1, 32), (1, 3, 4), (1, 2), (1, 2, 3)):
        if kernel <= size + 2 * padding:
            got = student.conv_output_size(size, kernel, padding=padding, stride=stride)
            expect_int(got, conv_output_size(size, kernel, stride, padding))


@points(0.5)
def test_dilation(student):
    """Dilation spreads the kernel"""
    for size, kernel, stride, padding, dilation in product((9, 13, 5), (1, 2, 3, 5), (1, 2), (0, 1), (2, 3)):
        if dilation * (kernel - 1) < size + 2 * padding:
            got = student.conv_output_size(size, kernel, stride, padding, dilation)
            expect_int(got, conv_output_size(size, kernel, stride, padding, dilation))


@points(0.5)
def test_rejects_impossible_arguments(student):
    """ValueError for arguments that cannot be, and only for those"""
    for fits in ((3, 3), (1, 3, 2, 1), (5, 3, 1, 0, 2), (3, 3, 2, 1, 2)):  # exactly
        expect_int(student.conv_output_size(*fits), conv_output_size(*fits))
    # One thing is wrong at a time: the rest would do.
    for value in (0, -1):
        expect_value_error(student.conv_output_size, value, 1, padding=2, naming=("size",))
        expect_value_error(student.conv_output_size, 7, value, naming=("kernel",))
        expect_value_error(student.conv_output_size, 7, 3, stride=value, naming=("stride",))
        for kernel in (3, 1):
            expect_value_error(student.conv_output_size, 7, kernel, dilation=value, naming=("dilation",))
    for padding in (-1, -2):
        expect_value_error(student.conv_output_size, 9, 3, padding=padding, naming=("padding",))
    for misfit in ((3, 5), (3, 4, 2), (4, 3, 1, 0, 2), (2, 6, 3, 1), (3, 4, 1, 1, 2)):
        involved = ("size", "kernel", "stride", "padding", "dilation")
        expect_value_error(student.conv_output_size, *misfit, naming=involved)
