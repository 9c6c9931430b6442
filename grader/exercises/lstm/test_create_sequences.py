"""Grader of lstm/create_sequences: the two functions are checked apart, so that one alone earns its part."""

import numpy as np
import torch

from grader.checking import expect_unchanged, expect_value_error, fail, points
from grader.checking.tensors import expect_tensor
from grader.exercises.lstm import cases

SIZES = ((7, 3), (10, 4), (6, 1), (5, 4), (2, 1), (30, 8), (12, 11))  # n, look_back


@points(1)
def test_windows(student):
    """`create_sequences`: the windows X, (n − look_back, look_back, 1), float32"""
    student.probe.seed(1)
    for n, look_back in SIZES:
        data = cases.series(n, n)
        X, _ = cases.entries(student.create_sequences(data, look_back), "X, y")
        expect_tensor(X, cases.windows(data, look_back)[0], what="X")


@points(0.5)
def test_targets(student):
    """`create_sequences`: the targets y, (n − look_back,), float32: what comes right after each window"""
    student.probe.seed(1)
    for n, look_back in SIZES:
        data = cases.series(n, n)
        _, y = cases.entries(student.create_sequences(data, look_back), "X, y")
        expect_tensor(y, cases.windows(data, look_back)[1], what="y")


@points(0.5)
def test_kinds_of_data(student):
    """`create_sequences`: lists, tuples and arrays of any numeric dtype, left as they are"""
    values = np.round(8 * cases.series(1, 9))  # for integers, too
    for data in (
        values.tolist(),
        tuple(values.tolist()),
        [int(value) for value in values],
        values,
        values.astype(np.float32),
        values.astype(np.int64),
        values.astype(np.int16),
        np.repeat(values, 2)[::2],
    ):
        X, y = cases.entries(student.create_sequences(data, look_back=4), "X, y")
        expected = cases.windows(values, 4)
        expect_tensor(X, expected[0], what="X")
        expect_tensor(y, expected[1], what="y")
        expect_unchanged(student)


@points(0.5)
def test_look_back_too_small(student):
    """`create_sequences`: a ValueError for look_back < 1"""
    refuses(student, ((8, 0), (8, -1), (3, 0), (5, -5), (4, -9)))


@points(0.5)
def test_look_back_too_large(student):
    """`create_sequences`: a ValueError for look_back ≥ n"""
    refuses(student, ((8, 9), (8, 8), (3, 30), (3, 3), (1, 1)))


@points(0.5)
def test_split_sizes(student):
    """`split_chronologically`: int(fraction · n) windows for training, by default 0.8 of them"""
    for n, fraction in (
        (10, None),
        (13, None),
        (7, 0.5),
        (10, 0.75),
        (9, 0.9),
        (11, 0.25),
        (8, 0.7),
        (2, 0.5),
    ):
        got = split(student, *pairs(4, n), fraction)
        size = int((fraction or 0.8) * n)
        for name, value, length in zip(PARTS, got, (size, size, n - size, n - size), strict=True):
            if len(value) != length:
                given = "" if fraction is None else f" and train_fraction={fraction}"
                fail(f"gives {name} a length of {len(value)} for n = {n}{given}; {length} is expected")


@points(0.5)
def test_split_order(student):
    """`split_chronologically`: the first windows for training, the last for testing, all in their order"""
    student.probe.seed(5)
    for n, look_back, fraction in ((10, 3, None), (8, 2, 0.5), (20, 1, 0.75), (40, 5, 0.25)):
        X, y = pairs(n, n, look_back)
        size = int((fraction or 0.8) * n)
        expected = X[:size], y[:size], X[size:], y[size:]
        for name, value, right in zip(PARTS, split(student, X, y, fraction), expected, strict=True):
            expect_tensor(value, right, what=name)
        expect_unchanged(student)


def refuses(student, pairs):
    """n and look_back that do not fit must raise a ValueError; those that do are for comparison."""
    student.create_sequences(cases.series(2, 8), 3)
    for n, look_back in pairs:
        for data in (cases.series(2, n), cases.series(2, n).tolist()):
            expect_value_error(student.create_sequences, data, look_back, naming=("look_back", "data"))


PARTS = ("X_train", "y_train", "X_test", "y_test")


def pairs(seed, count, look_back=3):
    """As many windows and targets, all different."""
    return cases.windows(cases.series(seed, count + look_back), look_back)


def split(student, X, y, fraction):
    """The four parts, tensors of the right number of axes."""
    options = {} if fraction is None else {"train_fraction": fraction}
    got = cases.entries(student.split_chronologically(X, y, **options), ", ".join(PARTS))
    for name, value, whole in zip(PARTS, got, (X, y, X, y), strict=True):
        shaped = whole[:0] if not isinstance(value, torch.Tensor) or value.ndim != whole.ndim else value
        expect_tensor(value, shaped, what=name, tolerance=float("inf"))
    return got
