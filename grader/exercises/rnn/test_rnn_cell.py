"""Grader of rnn/rnn_cell.

How the cell comes by its weights is checked apart from what it does with them: everywhere else they are
replaced by given ones. What is random comes last, since a mistake cannot be recognised by repeating that.
"""

import numpy as np

from grader.checking import expect_array, expect_unchanged, fail, points
from grader.checking.expect import describe
from grader.checking.student import StudentObject
from grader.exercises.rnn import cases

SIZES = ((3, 4), (1, 1), (4, 2), (1, 5), (6, 1), (3, 3))  # input, hidden
DRAWN = ("W_xh", "W_hh", "W_hy")


@points(0.5)
def test_attributes(student):
    """The attributes: their names and shapes, biases of zero"""
    for sizes in ((3, 4), (1, 1), (2, 5, 3), (4, 3, 1)):
        input_size, hidden_size, output_size = (*sizes, 1)[:3]
        cell = make(student, *sizes)
        size = read(student, cell, "hidden_size")
        if type(size) is not int and not isinstance(size, np.integer):
            fail(f"hidden_size: is {describe(size)}; an int is expected")
        if size != hidden_size:
            fail(f"hidden_size: is {size}; the second argument is expected")
        for name, length in (("b_h", hidden_size), ("b_y", output_size)):
            bias = read_array(student, cell, name, (length,))
            if bias.any():
                fail(f"{name}: is not zero before any training", mistake="BiasesNotZero")
        for name, shape in (
            ("W_xh", (hidden_size, input_size)),
            ("W_hh", (hidden_size, hidden_size)),
            ("W_hy", (output_size, hidden_size)),
        ):
            read_array(student, cell, name, shape)


@points(0.5)
def test_step(student):
    """step: the next state, from the input and the state before"""
    rng = np.random.default_rng(1)
    for input_size, hidden_size in SIZES:
        weights = cases.draw_weights(rng, input_size, hidden_size, biased=False)
        cell = make(student, input_size, hidden_size, weights=weights)
        for _ in range(2):
            x, h = cases.normal(rng, input_size), cases.normal(rng, hidden_size)
            expect_array(cell.step(x, h), cases.forward(weights, x[None], h)[1])


@points(0.5)
def test_bias_and_saturation(student):
    """step: the bias, and large sums, for which tanh is nearly flat"""
    rng = np.random.default_rng(2)
    for input_size, hidden_size, scale in ((3, 4, 0.6), (2, 5, 3.0), (4, 2, 30.0), (1, 1, 1e4)):
        weights = cases.draw_weights(rng, input_size, hidden_size, scale)
        cell = make(student, input_size, hidden_size, weights=weights)
        for x in (np.zeros(input_size), cases.normal(rng, input_size)):
            h = np.tanh(cases.normal(rng, hidden_size))
            expect_array(cell.step(x, h), cases.forward(weights, x[None], h)[1])


@points(1)
def test_forward_sequence(student):
    """forward_sequence: all states of a sequence, each from the one before, the first of them zero"""
    rng = np.random.default_rng(3)
    for input_size, hidden_size in SIZES:
        weights = cases.draw_weights(rng, input_size, hidden_size, biased=False)
        cell = make(student, input_size, hidden_size, weights=weights)
        for steps in (3, 1, 7):  # one sequence after the other: each begins anew
            xs = cases.normal(rng, steps, input_size)
            expect_array(cell.forward_sequence(xs), cases.forward(weights, xs))
    weights = cases.draw_weights(rng, 2, 4)
    xs = cases.normal(rng, 60, 2)
    cell = make(student, 2, 4, weights=weights)
    expect_array(cell.forward_sequence(xs, None), cases.forward(weights, xs))


@points(0.5)
def test_h0(student):
    """forward_sequence: starting from a given state"""
    rng = np.random.default_rng(4)
    for input_size, hidden_size in SIZES:
        weights = cases.draw_weights(rng, input_size, hidden_size, biased=False)
        cell = make(student, input_size, hidden_size, weights=weights)
        xs, h0 = cases.normal(rng, 5, input_size), cases.normal(rng, hidden_size)
        expect_array(cell.forward_sequence(xs[:2]), cases.forward(weights, xs[:2]))
        expect_array(cell.forward_sequence(xs, h0), cases.forward(weights, xs, h0))
        for h0 in (np.zeros(hidden_size), np.tanh(cases.normal(rng, hidden_size))):
            expect_array(cell.forward_sequence(xs[:1], h0=h0), cases.forward(weights, xs[:1], h0))


@points(0.5)
def test_outputs(student):
    """outputs: one for each state but the first"""
    rng = np.random.default_rng(5)
    for hidden_size, output_size, steps in ((4, 2, 5), (3, 1, 4), (1, 1, 1), (1, 3, 2), (3, 3, 3), (2, 4, 1)):
        W_hy = cases.normal(rng, output_size, hidden_size)
        _check_outputs(student, rng, steps, W_hy, np.zeros(output_size))


@points(0.5)
def test_output_bias(student):
    """outputs: the bias"""
    rng = np.random.default_rng(6)
    for hidden_size, output_size, steps in ((4, 1, 5), (3, 2, 4), (3, 3, 3), (1, 4, 1)):
        W_hy, b_y = cases.normal(rng, output_size, hidden_size), cases.normal(rng, output_size)
        _check_outputs(student, rng, steps, W_hy, b_y)


def _check_outputs(student, rng, steps, W_hy, b_y):
    output_size, hidden_size = W_hy.shape
    cell = make(student, 2, hidden_size, output_size, weights={"W_hy": W_hy, "b_y": b_y})
    for scale in (1.0, 5.0):  # any states will do, not only this cell's own
        states = scale * cases.normal(rng, steps + 1, hidden_size)
        expected = [cases.tensor(W_hy) @ h + cases.tensor(b_y) for h in cases.tensor(states)]
        expect_array(cell.outputs(states), np.stack(expected[1:]))


@points(0.5)
def test_dtype_and_unchanged_input(student):
    """New float64 arrays, whatever the dtype of the input; the input and the weights stay as they were"""
    rng = np.random.default_rng(7)
    weights = cases.draw_weights(rng, 3, 4, scale=0.25)
    weights |= {"W_hy": cases.normal(rng, 2, 4), "b_y": cases.normal(rng, 2)}
    cell = make(student, 3, 4, 2, weights=weights)
    for dtype in (np.int64, np.int32, np.uint8, np.float32, np.float64):
        xs, h0, states = (rng.integers(0, 3, shape).astype(dtype) for shape in ((5, 3), 4, (6, 4)))
        expect_array(cell.step(xs[0], h0), cases.forward(weights, xs[:1], h0)[1])
        expect_array(cell.forward_sequence(xs), cases.forward(weights, xs))
        expect_array(cell.forward_sequence(xs, h0), cases.forward(weights, xs, h0))
        expect_array(cell.outputs(states), states[1:].astype(float) @ weights["W_hy"].T + weights["b_y"])
    expect_unchanged(student)
    for xs, states in zip(
        cases.layouts(cases.normal(rng, 5, 3)), cases.layouts(cases.normal(rng, 6, 4)), strict=True
    ):
        h0 = states[0]
        expect_array(cell.step(xs[0], h0), cases.forward(weights, xs[:1], h0)[1])
        expect_array(cell.forward_sequence(xs, h0), cases.forward(weights, xs, h0))
        expect_array(cell.outputs(states), states[1:] @ weights["W_hy"].T + weights["b_y"])
        expect_unchanged(student)
    for name, before in weights.items():
        if not np.array_equal(read(student, cell, name), before):
            fail(f"changed the cell's {name} on the way (a second name for an array does not make a copy)")


@points(0.5)
def test_distribution(student):
    """Weights: drawn from a normal distribution with mean 0 and scale 0.1"""
    # Bounds of 6 standard errors and more: a right cell passes whatever the order in which it draws.
    # No usual other scale, such as 1/√hidden, is near 0.1 for these sizes.
    sizes = (60, 250, 50)
    arrays = draws(student, make(student, *sizes), *sizes)
    for name, array in arrays.items():
        mean, std = array.mean(), array.std()
        if np.ptp(array) < 1e-6:
            fail(f"{name}: all its values are the same; each is a random number of its own")
        kurtosis = np.mean(((array - mean) / std) ** 4)  # 3 for a normal distribution, 1.8 for a uniform one
        if kurtosis < 2.2:
            fail(f"{name}: its values do not look normally distributed", mistake="UniformWeights")
        if abs(mean) > 0.007:
            fail(f"{name}: its mean is {mean:.3g}; 0 is expected, up to chance")
        if not 0.095 < std < 0.105:
            usual = {"VarianceForScale": 0.1**0.5, "ScaleOfOne": 1, "ScaleSquared": 0.01}
            usual |= {"ScaleBySize": sizes[1] ** -0.5}
            likely = (mistake for mistake, scale in usual.items() if abs(std / scale - 1) < 0.05)
            fail(
                f"{name}: its standard deviation is {std:.3g}; 0.1 is expected, up to chance",
                mistake=next(likely, None),
            )
        if not 2.5 < kurtosis < 3.5:
            fail(f"{name}: its values do not look normally distributed")
    everything = np.concatenate([array.ravel() for array in arrays.values()])
    if np.unique(everything).size < everything.size:
        fail("some weights are exactly the same; each is a random number of its own", "DrawsTheSameNumbers")


@points(0.5)
def test_rng(student):
    """Weights: drawn from the generator that is given"""
    first, again, other = (make(student, 3, 4, 2, student.probe.generator(seed)) for seed in (5, 5, 6))
    first, again, other = (draws(student, each, 3, 4, 2) for each in (first, again, other))
    for name in DRAWN:
        if not np.array_equal(first[name], again[name]):
            fail(f"{name}: is another for a generator with the same seed", mistake="IgnoresTheGenerator")
    same = [name for name in DRAWN if np.array_equal(first[name], other[name])]
    if same:
        mistake = "SeedsItself" if same == [*DRAWN] else None
        fail(f"{same[0]}: is the same for a generator with another seed", mistake=mistake)


@points(0.5)
def test_no_rng(student):
    """Weights: other ones each time where no generator is given; global generators are left alone"""
    student.probe.seed(7, with_torch=False)
    before = student.probe.random_state(with_torch=False)
    first, second = make(student, 3, 4, given=False), make(student, 3, 4, 1, None)
    make(student, 3, 4)
    untouched = student.probe.random_state(with_torch=False) == before
    first, second = draws(student, first, 3, 4, 1), draws(student, second, 3, 4, 1)
    same = [name for name in DRAWN if np.array_equal(first[name], second[name])]
    if same:
        mistake = "SeededByDefault" if untouched else "SeedsTheGlobalGenerator"
        fail(
            f"{same[0]}: is the same each time, though no generator was given",
            mistake=mistake if same == [*DRAWN] else None,
        )
    if not untouched:
        fail(
            "changed the state of a global random number generator (np.random, or Python's random)",
            mistake="DrawsFromTheGlobalGenerator",
        )


def make(student, *arguments, given=True, weights=None):
    """A student's cell, with a generator of a fixed seed unless `arguments` have one, and these weights."""
    rng = {"rng": student.probe.generator(0)} if given and len(arguments) < 4 else {}
    cell = student.SimpleRNNCell(*arguments, **rng)
    if not isinstance(cell, StudentObject):
        fail(f"makes {describe(cell)}; an object with attributes and methods is expected")
    if weights is not None:
        student.probe.overwrite(cell, **weights)
    return cell


def read(student, cell, name):
    """An attribute of the cell."""
    if student.probe.has(cell, name) != [True]:
        fail(f"makes an object without an attribute `{name}`")
    return student.probe.read(cell, name)


def read_array(student, cell, name, shape):
    """An attribute that is an array of this shape."""
    array = read(student, cell, name)
    transposed = isinstance(array, np.ndarray) and array.ndim > 1 and array.shape == shape[::-1] != shape
    if transposed and array.dtype == np.float64:
        fail(f"{name}: is an array of shape {array.shape}; {shape} is expected", mistake="TransposedWeights")
    expect_array(array, np.zeros(shape), what=name, atol=np.inf)  # any values
    return array


def draws(student, cell, input_size, hidden_size, output_size):
    """The cell's weights, by name."""
    shapes = ((hidden_size, input_size), (hidden_size, hidden_size), (output_size, hidden_size))
    return {name: read_array(student, cell, name, shape) for name, shape in zip(DRAWN, shapes, strict=True)}
