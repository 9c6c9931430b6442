"""Grader of rnn/clip_by_global_norm.

torch's clip_grad_norm_ divides by norm + 1e-6, which is within the tolerance of the contract where norms are
at least 1: most checks take such norms, and `test_tiny_and_zero` those for which it makes a difference.
"""

import numpy as np

from grader.checking import expect_array, expect_unchanged, expect_value_error, fail, points
from grader.checking.expect import describe
from grader.checking.tensors import expect_number
from grader.exercises.rnn import cases

SCALING = 1.01e-6  # how exactly, relatively, gradients are scaled to max_norm
SHAPES = (
    {"W_xh": (4, 2), "W_hh": (4, 4), "b_h": (4,)},
    {"W": (3, 3), "b": (1,)},
    {"only": (5,)},
    {"b": (3,), "filters": (2, 3, 2), "one": (1, 1), "W": (2, 6)},
)


@points(1)
def test_scaled(student):
    """Gradients whose norm is too large: scaled, all by the same factor"""
    rng = np.random.default_rng(1)
    for shapes in SHAPES:
        for max_norm, times in ((1.0, 3.0), (0.5, 40.0), (7.0, 1.2), (2.5, 1.01), (5, 100.0)):
            grads = draw(rng, shapes, times * max(max_norm, 1.0))
            clipped, _ = call(student, grads, max_norm)
            compare(clipped, cases.clip(grads, max_norm), SCALING)


@points(0.5)
def test_norm(student):
    """The norm: over all arrays together, before clipping"""
    rng = np.random.default_rng(2)
    for shapes in SHAPES:
        for norm in (0.1234567, 2.3456789, 50.0):
            grads = draw(rng, shapes, norm)
            _, got = call(student, grads, max_norm=1.0)
            expect_norm(got, cases.global_norm(grads))


@points(1)
def test_small_enough(student):
    """Gradients whose norm is not too large: left as they are"""
    rng = np.random.default_rng(3)
    for shapes in SHAPES:
        for max_norm, part in ((1.0, 0.9), (5, 0.2), (0.1, 0.5), (2.5, 0.99), (1e3, 1e-5)):
            grads = draw(rng, shapes, part * max_norm)
            clipped, _ = call(student, grads, max_norm)
            compare(clipped, cases.clip(grads, max_norm), 1e-8)
    for grads, norm in (({"W": [[3.0, 4.0]]}, 5.0), ({"W": [[2.0], [4.0]], "b": [4.0]}, 6.0)):  # just so
        grads = {name: np.array(each) for name, each in grads.items()}
        clipped, _ = call(student, grads, norm)
        compare(clipped, grads, SCALING)


@points(0.5)
def test_tiny_and_zero(student):
    """Gradients that are tiny or all zero"""
    rng = np.random.default_rng(4)
    for shapes in SHAPES:
        zeros = {name: np.zeros(shape) for name, shape in shapes.items()}
        clipped, norm = call(student, zeros, 1.0)
        compare(clipped, zeros, SCALING)
        expect_norm(norm, 0.0)
    for size, max_norm in ((0.01, 0.001), (0.1, 0.02), (1e-9, 1.0)):
        grads = draw(rng, SHAPES[0], size)
        clipped, norm = call(student, grads, max_norm)
        expected = cases.clip(grads, max_norm)
        compare(clipped, expected, 0.1)
        length = cases.global_norm(clipped)
        if size > max_norm and 0.9 * max_norm < length < max_norm * (1 - SCALING):
            fail(
                f"the clipped gradients have the norm {length:.8g}, but max_norm is {max_norm}",
                mistake="epsilon_as_in_torch",
            )
        compare(clipped, expected, SCALING)
        expect_norm(norm, cases.global_norm(grads))


@points(0.5)
def test_rejects_max_norm(student):
    """ValueError if max_norm is not positive, whatever the gradients"""
    rng = np.random.default_rng(5)
    for grads in (draw(rng, SHAPES[0], 2.0), {"W": np.zeros((2, 2))}):
        compare(call(student, grads, 1)[0], cases.clip(grads, 1), SCALING)
        for max_norm in (-1, -0.5, 0, 0.0):
            expect_value_error(student.clip_by_global_norm, grads, max_norm, naming=("max_norm",))


@points(0.5)
def test_dtype_and_unchanged_input(student):
    """New float64 arrays where anything is scaled, whatever the dtype; the input stays as it was"""
    rng = np.random.default_rng(6)
    for layout in range(3):
        for norm in (0.5, 20.0):
            grads = {name: cases.layouts(each)[layout] for name, each in draw(rng, SHAPES[0], norm).items()}
            clipped, _ = call(student, grads, 1.0)
            compare(clipped, cases.clip(grads, 1.0), SCALING)
            expect_unchanged(student)
    for dtype in (np.int64, np.int32, np.float32):  # squares fit into them: nobody has gradients in uint8
        grads = {name: rng.integers(1, 10, shape).astype(dtype) for name, shape in SHAPES[0].items()}
        clipped, norm = call(student, grads, 2.0)
        compare(clipped, cases.clip(grads, 2.0), SCALING)
        expect_norm(norm, cases.global_norm(grads))
        expect_unchanged(student)


def draw(rng, shapes, norm):
    """Gradients of these shapes with this global norm."""
    grads = {name: cases.normal(rng, *shape) for name, shape in shapes.items()}
    factor = norm / np.sqrt(sum(np.sum(each**2) for each in grads.values()))
    return {name: factor * each for name, each in grads.items()}


def call(student, grads, max_norm):
    got = student.clip_by_global_norm(grads, max_norm=max_norm)
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        fail(f"returned {describe(got)}; a pair is expected, the clipped gradients and the norm")
    clipped, norm = got
    if not isinstance(clipped, dict):
        fail(f"the clipped gradients are {describe(clipped)}; a dict is expected")
    if clipped.keys() != grads.keys():
        keys = ", ".join(str(key)[:20] for key in clipped)
        fail(f"the clipped gradients have the keys {keys or 'none'}; {', '.join(grads)} are expected"[:300])
    return clipped, norm


def compare(clipped, expected, rtol):
    for name, each in expected.items():
        got = clipped[name]
        # What needs no scaling may be returned as it is, in its own dtype.
        if isinstance(got, np.ndarray) and got.dtype == each.dtype:
            got, each = got.astype(np.float64), each.astype(np.float64)
        expect_array(got, each, what=name, rtol=rtol, atol=0)


def expect_norm(got, expected):
    if isinstance(got, np.ndarray) and got.ndim == 0:
        got = got[()]
    expect_number(got, expected, what="the norm", tolerance=1e-6)
