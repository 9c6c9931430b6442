"""Grader of rnn/bptt: each gradient is checked apart, on a cell that is not the student's own."""

import numpy as np

from grader.checking import expect_array, expect_unchanged, fail, points
from grader.checking.expect import describe
from grader.exercises.rnn import cases

GRADIENTS = ("W_xh", "W_hh", "b_h")
SIZES = ((2, 3, 4), (3, 2, 2), (5, 1, 1), (4, 4, 1), (6, 1, 5), (7, 5, 3), (12, 2, 2))  # T, input, hidden


@points(1)
def test_b_h(student):
    """The gradient of b_h, back through all steps"""
    for size in SIZES:
        check(student, ("b_h",), np.random.default_rng(2), *size)


@points(1)
def test_W_xh(student):  # noqa: N802
    """The gradient of W_xh, back through all steps"""
    for size in SIZES:
        check(student, ("W_xh",), np.random.default_rng(3), *size)


@points(1)
def test_W_hh(student):  # noqa: N802
    """The gradient of W_hh, back through all steps, from zero as from another first state"""
    for size in SIZES:
        rng = np.random.default_rng(4)
        check(student, ("W_hh",), rng, *size)
        check(student, ("W_hh",), rng, *size, start=0.0)


@points(1)
def test_one_step(student):
    """Sequences of one step: all gradients, by name"""
    rng = np.random.default_rng(1)
    for input_size, hidden_size in ((3, 4), (1, 1), (4, 2), (1, 3), (3, 1), (3, 3)):
        check(student, GRADIENTS, rng, 1, input_size, hidden_size)


@points(0.5)
def test_direct_gradients(student):
    """Losses that look at a single step, or at some"""
    rng = np.random.default_rng(5)
    for steps, seen in ((6, [5]), (6, [0]), (6, [2]), (6, [1, 4]), (5, [3, 4]), (6, [])):
        looks = np.isin(np.arange(steps), seen)[:, None]
        check(student, GRADIENTS, rng, steps, 3, 2, grad_scale=looks)


@points(1)
def test_long_sequences(student):
    """Long sequences, and gradients that do not fade on the way"""
    rng = np.random.default_rng(6)
    for steps, input_size, hidden_size in ((60, 2, 4), (40, 1, 2)):
        weights = cases.draw_weights(rng, input_size, hidden_size, 0.02)
        weights["W_hh"] = cases.orthogonal(rng, hidden_size)
        last = (np.arange(steps) == steps - 1)[:, None]
        for grad_scale in (last, 1e4):
            check(
                student,
                GRADIENTS,
                rng,
                steps,
                input_size,
                hidden_size,
                weights,
                grad_scale=grad_scale,
                start=0.01,
            )
    check(student, GRADIENTS, rng, 30, 3, 4, cases.draw_weights(rng, 3, 4, 5.0))  # saturated


@points(0.5)
def test_dtype_and_unchanged_input(student):
    """New float64 arrays, whatever the dtype of the input; the input and the cell stay as they were"""
    rng = np.random.default_rng(7)
    weights = cases.draw_weights(rng, 3, 4, 0.25)
    for dtype in (np.int64, np.int32, np.uint8, np.float32):
        xs, grad_states = (rng.integers(0, 3, shape).astype(dtype) for shape in ((5, 3), (5, 4)))
        for inputs, grads in ((xs, grad_states + 0.5), (xs + 0.5, grad_states), (xs, grad_states)):
            compare(student, GRADIENTS, weights, inputs, cases.forward(weights, inputs), grads)
        unbiased = {**weights, "b_h": np.zeros(4)}  # without input, all of its states are zero, in any dtype
        compare(student, GRADIENTS, unbiased, np.zeros((5, 3)), np.zeros((6, 4), dtype), grad_states + 0.5)
    expect_unchanged(student)
    for transform in range(3):
        xs, h0, grad_states = cases.normal(rng, 5, 3), cases.normal(rng, 4), cases.normal(rng, 5, 4)
        arrays = (xs, cases.forward(weights, xs, h0), grad_states)
        cell = compare(student, GRADIENTS, weights, *(cases.layouts(array)[transform] for array in arrays))
        expect_unchanged(student)
        for name, before in weights.items():
            if not np.array_equal(student.probe.read(cell, name), before):
                fail(f"changed the cell's own {name}; what becomes of the gradients is the caller's business")


def check(student, which, rng, steps, input_size, hidden_size, weights=None, grad_scale=1.0, start=1.0):
    """Compare the gradients `which` for a sequence and direct gradients that are drawn."""
    weights = weights or cases.draw_weights(rng, input_size, hidden_size)
    xs, h0 = cases.normal(rng, steps, input_size), start * np.tanh(cases.normal(rng, hidden_size))
    grad_states = grad_scale * cases.normal(rng, steps, hidden_size)
    compare(student, which, weights, xs, cases.forward(weights, xs, h0), grad_states)


def compare(student, which, weights, xs, states, grad_states):
    got, cell = cases.call(student, "bptt", weights, xs, states, grad_states)
    if not isinstance(got, dict):
        fail(f"returned {describe(got)}; a dict of gradients is expected")
    missing = [name for name in which if name not in got]
    if missing:
        keys = ", ".join(str(key)[:20] for key in got)
        fail(f"returned a dict without the key `{missing[0]}`; its keys are: {keys or 'none'}"[:300])
    expected = cases.bptt(weights, xs, states[0], grad_states)
    for name in which:
        expect_array(got[name], expected[name], what=name)
    return cell
