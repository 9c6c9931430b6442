"""Grader of rnn/gradient_norms, on cells that are not the student's own."""

import numpy as np

from grader.checking import expect_array, expect_unchanged, fail, points
from grader.exercises.rnn import cases


@points(1)
def test_several_steps(student):
    """Longer sequences: the norm of the whole Jacobian, from the first state to the last"""
    rng = np.random.default_rng(2)
    for steps, input_size, hidden_size in ((2, 3, 1), (3, 1, 2), (2, 2, 3), (6, 3, 4), (5, 4, 2), (9, 2, 3)):
        check(student, rng, steps, cases.draw_weights(rng, input_size, hidden_size))


@points(1)
def test_one_step(student):
    """Sequences of one step"""
    rng = np.random.default_rng(1)
    for hidden_size in (1, 2, 3, 5):
        for scale in (0.3, 1.0):
            check(student, rng, 1, cases.draw_weights(rng, 2, hidden_size, scale))


@points(1)
def test_long_sequences(student):
    """Long sequences: gradients that vanish, stay or explode"""
    rng = np.random.default_rng(3)
    for factor in (0.2, 0.9, 1.0):
        weights = cases.draw_weights(rng, 2, 4, 0.02)
        weights["W_hh"] = factor * cases.orthogonal(rng, 4)
        check(student, rng, 50, weights, start=0.01)
    weights = {"W_xh": np.ones((3, 1)), "W_hh": cases.normal(rng, 3, 3), "b_h": np.zeros(3)}
    for factor in (0.5, 3.0):  # all states are zero: nothing but W_hh makes a difference
        weights["W_hh"] = factor * (cases.orthogonal(rng, 3) + 0.1 * cases.normal(rng, 3, 3))
        compare(student, weights, np.zeros((30, 1)), np.zeros((31, 3)))


@points(0.5)
def test_saturated_states(student):
    """Saturated states, where tanh is nearly or entirely flat"""
    rng = np.random.default_rng(4)
    for scale in (2.0, 4.0):
        check(student, rng, 8, cases.draw_weights(rng, 2, 3, scale))
    weights = cases.draw_weights(rng, 1, 2)
    for inputs in ([0.1, 1e4, 0.3, -0.2], [-0.2, 0.3, 1e4, 0.1]):  # nothing passes the state that is ±1
        xs = np.array(inputs)[:, None]
        compare(student, weights, xs, cases.forward(weights, xs))


@points(0.5)
def test_dtype_and_unchanged_input(student):
    """A new float64 array, whatever the dtype of the input; the input and the cell stay as they were"""
    rng = np.random.default_rng(5)
    weights = cases.draw_weights(rng, 2, 3, biased=False)
    for dtype in (np.int64, np.float32, np.int8):  # without input, all states are zero, in any dtype
        compare(student, weights, np.zeros((4, 2)), np.zeros((5, 3), dtype))
    for layout in range(3):
        xs = cases.normal(rng, 4, 2)
        states = cases.layouts(cases.forward(weights, xs))[layout]
        cell = compare(student, weights, xs, states)
        expect_unchanged(student)
        for name, before in weights.items():
            if not np.array_equal(student.probe.read(cell, name), before):
                fail(f"changed the cell's own {name}; work on a copy")


def check(student, rng, steps, weights, start=1.0):
    """Compare the norms for a sequence that is drawn."""
    hidden_size, input_size = weights["W_xh"].shape
    xs, h0 = cases.normal(rng, steps, input_size), start * np.tanh(cases.normal(rng, hidden_size))
    compare(student, weights, xs, cases.forward(weights, xs, h0))


def compare(student, weights, xs, states):
    got, cell = cases.call(student, "gradient_norms", weights, states)
    expected = cases.gradient_norms(weights, xs, states[0])
    expect_array(got, expected)
    # Next to the largest norm the smallest are nothing, but they are what it is about: look at them apart.
    while expected.size > 10 and expected[0] < expected[-1]:
        got, expected = got[:-10], expected[:-10]
        expect_array(got, expected, atol=0)
    while expected.size > 10:
        got, expected = got[10:], expected[10:]
        expect_array(got, expected, atol=0)
    return cell
