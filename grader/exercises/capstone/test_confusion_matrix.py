"""Grader of capstone/confusion_matrix; scikit-learn is the oracle."""

import warnings

import numpy as np
from sklearn import metrics

from grader.checking import expect_unchanged, expect_value_error, fail, points
from grader.checking.expect import describe
from grader.exercises.capstone.cases import try_all

INTEGERS = (np.int64, np.int32, np.int16, np.int8, np.uint8, np.uint16, np.uint32, np.uint64)


@points(1)
def test_counts(student):
    """The counts as an array of integers, rows true, columns predicted"""
    rng = np.random.default_rng(1)
    for number, classes in ((1, 1), (2, 2), (12, 2), (40, 3), (200, 4), (500, 7)):
        true, predicted = rng.integers(0, classes, (2, number))
        predicted = np.where(rng.random(number) < 0.5, true, predicted)
        expect_counts(student.confusion_matrix(true, predicted, classes), true, predicted, classes)
        expect_unchanged(student)
    true, predicted = np.array([0, 1, 1, 2, 2, 2, 0]), np.array([0, 2, 1, 0, 2, 0, 1])
    expect_counts(student.confusion_matrix(true, predicted, num_classes=3), true, predicted, 3)


@points(0.5)
def test_absent_classes(student):
    """Classes that never occur keep their row and column"""
    pairs = (
        ([0, 0, 1], [0, 1, 1], 4),
        ([3, 3, 5], [5, 3, 5], 7),
        ([0, 0, 0], [1, 1, 2], 3),
        ([1, 2, 1], [0, 0, 0], 3),
        ([2, 2, 2, 2], [2, 2, 2, 2], 3),
    )
    calls = [(*(np.array(labels, np.int64) for labels in pair), classes) for *pair, classes in pairs]
    try_all(student.confusion_matrix, calls)
    for call in calls:
        expect_counts(student.confusion_matrix(*call), *call)


@points(1)
def test_dtypes(student):
    """Labels in any integer dtype, also in two different ones"""
    rng = np.random.default_rng(2)
    true, predicted = rng.integers(0, 3, (2, 30))
    for one in INTEGERS:
        got = student.confusion_matrix(true.astype(one), predicted.astype(one), 3)
        expect_counts(got, true, predicted, 3)
        expect_unchanged(student)
    for one, other in (
        (np.uint8, np.int64),
        (np.int8, np.uint8),
        (np.uint64, np.int64),
        (np.int32, np.uint64),
    ):
        got = student.confusion_matrix(true.astype(one), predicted.astype(other), 3)
        expect_counts(got, true, predicted, 3)
    for dtype, classes in ((np.uint8, 20), (np.int8, 12), (np.int16, 190), (np.int8, 128)):
        # What a class is counts, not how it is stored: 19 · 20 does not fit into eight bits. So few labels
        # that counting them for each pair of classes is quick enough, too.
        true, predicted = rng.integers(0, classes, (2, 60))
        true[:3], predicted[:3] = classes - 1, (0, 1, classes - 1)
        got = student.confusion_matrix(true.astype(dtype), predicted.astype(dtype), classes)
        expect_counts(got, true, predicted, classes)


@points(0.5)
def test_many(student):
    """Counts of any size"""
    rng = np.random.default_rng(3)
    for number in (300, 40_000, 70_000):
        true = np.zeros(number, np.uint8)
        predicted = (rng.random(number) < 0.002).astype(np.uint8)
        expect_counts(student.confusion_matrix(true, predicted, 2), true, predicted, 2)
        true, predicted = true.astype(np.int64), predicted.astype(np.int64)
        expect_counts(student.confusion_matrix(predicted, true, 2), predicted, true, 2)


@points(0.5)
def test_rejects_unequal_lengths(student):
    """ValueError if there are not as many predictions as labels"""
    pairs = (
        ([0, 1, 2], [0, 1]),
        ([0, 1], [0, 1, 2]),
        ([0, 1, 2], [1]),  # one value would go with any number of others
        ([2], [0, 1, 2]),
    )
    calls = [(*(np.array(labels, np.int64) for labels in pair), 3) for pair in pairs]
    try_all(student.confusion_matrix, calls)
    for call in calls:
        expect_value_error(student.confusion_matrix, *call, naming=("y_true", "y_pred"))


@points(0.5)
def test_rejects_strange_labels(student):
    """ValueError for a label that is no class"""
    good = np.array([0, 1, 2, 1])
    calls = []
    for wrong in ([0, 1, 3, 1], [-1, 1, 2, 0], [0, 0, 0, 256], [-3, 0, 1, 2], [0, 1, -256, 2], [2, 2, 9, 2]):
        labels = np.array(wrong)
        calls += [("y_true", (labels, good, 3)), ("y_pred", (good, labels, 3))]
    for wrong in ([3, 1, 2, 1], [0, -1, 2, 1], [0, -3, 2, 1], [0, 4, 2, 1]):
        # num_classes · true + predicted would not tell.
        calls.append(("y_pred", (good, np.array(wrong), 3)))
    for dtype in (np.uint8, np.int8):
        calls.append(("y_pred", (good.astype(dtype), np.array([0, 1, 3, 2], dtype), 3)))
    try_all(student.confusion_matrix, [call for _, call in calls])
    for name, call in calls:
        expect_value_error(student.confusion_matrix, *call, naming=(name, "num_classes"))


def expect_counts(got, true, predicted, classes):
    if not isinstance(got, np.ndarray):
        fail(f"returned {describe(got)}; a NumPy array is expected")
    if got.dtype.kind not in "iu":
        fail(f"returned an array of dtype {got.dtype}; counts are integers")
    if got.shape != (classes, classes):
        fail(f"returned an array of shape {got.shape}; for {classes} classes it is ({classes}, {classes})")
    expected = oracle(true, predicted, classes)
    if np.array_equal(got, expected):
        return
    if np.array_equal(got, expected.T):
        fail("has the true classes in columns; they belong in rows, the predicted ones in columns")
    row, column = np.argwhere(got != expected)[0]
    fail(
        f"says {got[row, column]} in row {row}, column {column}, which is too "
        f"{'large' if int(got[row, column]) > expected[row, column] else 'small'} (the sum of all is "
        f"{got.sum()}, there are {len(true)} labels)"
    )


def oracle(true, predicted, classes):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return metrics.confusion_matrix(true, predicted, labels=range(classes))
