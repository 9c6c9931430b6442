"""Grader of cnn/receptive_field."""

from grader.checking import expect_int, expect_unchanged, points
from grader.exercises.cnn import cases


@points(0.5)
def test_one_layer(student):
    """No layer, and one: an int"""
    for layers in ([], [(3, 1)], [(1, 1)], [(5, 1)], [(2, 2)], [(7, 2)], [(3, 4)], [(1, 2)]):
        check(student, layers)


@points(0.5)
def test_without_strides(student):
    """Several layers with stride 1"""
    for kernels in ((3, 3), (3, 3, 3), (5, 3), (1, 1), (1, 3), (2, 2, 2), (7, 1, 3), (3, 5, 2, 4)):
        check(student, [(kernel, 1) for kernel in kernels])


@points(0.5)
def test_strides(student):
    """A stride spreads all layers behind it"""
    for layers in (
        [(3, 1), (2, 2), (3, 1), (2, 2)],
        [(7, 2), (3, 2), (3, 1), (3, 2)],
        [(2, 2), (2, 2), (2, 2)],
        [(3, 3), (3, 1)],
        [(1, 2), (3, 1)],
        [(3, 1), (1, 3), (2, 1)],
        [(3, 4), (3, 1), (5, 2), (2, 3), (1, 1), (4, 1)],
        [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)],
    ):
        check(student, layers)


@points(0.5)
def test_order(student):
    """The first layer comes first; the list stays as it was"""
    for layers in (
        [(5, 1), (2, 3)],
        [(2, 3), (5, 1)],
        [(3, 2), (4, 1), (2, 5)],
        [(3, 1), (2, 2), (3, 1)],
        [(3, 2), (3, 2)],
    ):
        check(student, layers)
        expect_unchanged(student)


def check(student, layers):
    expect_int(student.receptive_field(layers), cases.receptive_field(layers))
