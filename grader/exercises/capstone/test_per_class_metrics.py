"""Grader of capstone/per_class_metrics: the three functions are checked apart. scikit-learn is the oracle."""

import functools

import numpy as np
from sklearn import metrics

from grader.checking import expect_unchanged, fail, points
from grader.checking.expect import describe
from grader.checking.oracle import remembered
from grader.exercises.capstone.cases import expect_float, expect_floats

ACCURACY, MACRO = "accuracy_with_epsilon", "macro_with_epsilon"  # mistakes
NAMES = ("precision", "recall", "f1")

#: In each, something is undefined: a class that never occurs, is never predicted, or neither.
UNDEFINED = (
    [[3, 0], [2, 0]],
    [[3, 2], [0, 0]],
    [[5, 0, 1], [0, 0, 0], [2, 0, 4]],
    [[0, 3], [4, 0]],
    [[0, 0, 2], [0, 0, 1], [0, 0, 0]],
    [[7, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 2]],
    [[0, 0], [0, 0]],
    [[0]],
)


def defined():
    """Matrices in which every class occurs and is predicted."""
    rng = np.random.default_rng(1)
    yield np.array([[5, 1], [2, 4]])
    yield np.array([[4, 1, 1], [1, 2, 3], [2, 0, 1]])
    yield np.array([[6]])
    yield np.array([[1, 0, 0], [0, 2, 1], [0, 0, 1]])
    for classes in (2, 3, 5, 8):
        yield rng.integers(1, 30, (classes, classes)) + np.diag(rng.integers(0, 90, classes))


@points(1)
def test_values(student):
    """per_class_metrics: precision, recall and F1 of each class"""
    for cm in defined():
        expect_metrics(student.per_class_metrics(cm), cm)
        expect_unchanged(student)


@points(1)
def test_undefined(student):
    """per_class_metrics: 0 where a figure is undefined"""
    for cm in map(np.array, UNDEFINED):
        expect_metrics(student.per_class_metrics(cm), cm)


@points(0.5)
def test_no_warning(student):
    """per_class_metrics: no warning on the way"""
    for cm in map(np.array, UNDEFINED):
        expect_no_warning(
            student, student.per_class_metrics, cm, functools.partial(expect_fractions, classes=len(cm))
        )


@points(0.5)
def test_sizes(student):
    """per_class_metrics: matrices of other dtypes and of large counts, without rounding"""
    rng = np.random.default_rng(2)
    for dtype, high in ((np.int32, 1000), (np.int64, 10**12), (np.int64, 10**15), (np.int64, 3)):
        for classes in (2, 3):
            cm = rng.integers(high // 2, high, (classes, classes)).astype(dtype)
            expect_metrics(student.per_class_metrics(cm), cm)
    cm = np.zeros((3, 3), np.int64)
    cm[0, 0], cm[1, 2] = 10**12, 1
    expect_metrics(student.per_class_metrics(cm), cm)


@points(0.5)
def test_accuracy(student):
    """accuracy: the fraction of all samples on the diagonal"""
    for cm in (*defined(), *map(np.array, UNDEFINED[:-2]), np.array([[10**12, 1], [3, 5 * 10**11]])):
        expect_float(student.accuracy(cm), np.trace(cm) / cm.sum(), ACCURACY)
        expect_unchanged(student)


@points(0.5)
def test_accuracy_of_nothing(student):
    """accuracy: 0 for an all-zero matrix, with no warning"""
    for classes in (1, 2, 5):
        cm = np.zeros((classes, classes), np.int64)
        expect_no_warning(student, student.accuracy, cm, lambda got: expect_float(got, 0.0, ACCURACY))


@points(0.5)
def test_macro_f1(student):
    """macro_f1: the mean of the F1 of all classes"""
    for cm in defined():
        expect_float(student.macro_f1(cm), oracle(cm)["f1"].mean(), MACRO)
        expect_unchanged(student)


@points(0.5)
def test_macro_f1_undefined(student):
    """macro_f1: classes without an F1 count as 0, with no warning"""
    for cm in map(np.array, UNDEFINED):
        expected = oracle(cm)["f1"].mean()
        expect_no_warning(student, student.macro_f1, cm, lambda got, e=expected: expect_float(got, e, MACRO))


def expect_metrics(got, cm):
    if not isinstance(got, dict):
        fail(f"returned {describe(got)}; a dict is expected")
    where = f"the matrix {cm.tolist()}" if cm.size < 10 else f"a matrix of shape {cm.shape}"
    for name, expected in oracle(cm).items():
        if name not in got:
            fail(f"has no entry {name!r} in what it returned")
        expect_floats(got[name], expected, f"for {where}, {name}", "adds_an_epsilon")


def expect_no_warning(student, function, cm, check):
    """The call must pass `check`, and give no warning."""
    log = student.probe.warning_log()
    check(function(cm))
    found = log.end()
    if not isinstance(found, list) or found:
        fail(
            f"gave a warning ({', '.join(map(str, found))}) for the matrix {cm.tolist()}: divide only where "
            "it is defined"
        )


def expect_fractions(got, classes):
    """Three arrays of numbers from 0 to 1, whichever: what they are is another check's business."""
    for name in NAMES:
        values = got.get(name) if isinstance(got, dict) else None
        if not isinstance(values, np.ndarray) or values.shape != (classes,) or values.dtype.kind not in "fiu":
            fail(
                f"returned {describe(got)}; a dict with arrays {', '.join(NAMES)} of shape ({classes},) is "
                "expected"
            )
        if not ((values >= 0) & (values <= 1)).all():
            fail(f"returned a {name} that is not between 0 and 1, or is NaN")


@remembered
def oracle(cm):
    classes = len(cm)
    if not cm.any():  # scikit-learn refuses
        return {name: np.zeros(classes) for name in NAMES}
    true, predicted = np.divmod(np.arange(classes**2), classes)
    found = metrics.precision_recall_fscore_support(
        true, predicted, labels=range(classes), sample_weight=cm.astype(float).ravel(), zero_division=0
    )
    return dict(zip(NAMES, found[:3], strict=True))
