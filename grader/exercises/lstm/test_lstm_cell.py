"""Grader of lstm/lstm_cell: an nn.LSTMCell with the same weights is the oracle, in values and in gradients.

Whatever is checked, the step has to be computed from its equations: each check ends with that.
"""

import torch

from grader.checking import StudentRaised, expect_unchanged, fail, points
from grader.checking.tensors import expect_tensor
from grader.exercises.lstm import cases

SIZES = ((2, 3, 4), (1, 1, 1), (4, 2, 3), (3, 5, 1), (1, 4, 2), (5, 1, 6), (2, 2, 2))  # N, I, H
LEAVES = ("x", "h", "c", "W_ih", "W_hh", "b_ih", "b_hh")


@points(1)
def test_cell_state(student):
    """The new cell state c"""
    for seed, sizes in enumerate(SIZES):
        cell = cases.cell(10 * seed, *sizes)
        _, c = step(student, cell)
        expect_tensor(c, cell.step()[1], what="c")
    cell = cases.cell(1, 3, 2, 4)
    far = cases.Cell(cell.x, (cell.state[0], 40 * cell.state[1]), cell.weights)  # it has no limits
    expect_tensor(step(student, far)[1], far.step()[1], what="c")
    expect_from_equations(student)


@points(1)
def test_hidden_state(student):
    """The new hidden state h"""
    for seed, sizes in enumerate(SIZES):
        cell = cases.cell(10 * seed, *sizes)
        h, _ = step(student, cell)
        expect_tensor(h, cell.step()[0], what="h")
    expect_from_equations(student)


@points(0.5)
def test_single_precision(student):
    """float32 gives float32, (N, H) each, at each of several steps"""
    for seed, sizes in enumerate(SIZES):
        cell = cases.cell(10 * seed, *sizes, dtype=torch.float32)
        for time in range(3):
            got, right = step(student, cell), cell.step()
            for name, value, expected in zip("hc", got, right, strict=True):
                expect_tensor(value, expected, what=name, tolerance=1e-5)
            cell = cases.Cell(cases.normal(seed + time, *cell.x.shape), (got[0], got[1]), cell.weights)
    expect_from_equations(student)


@points(0.5)
def test_saturation(student):
    """Gates that are all but open or shut, by weights in the hundreds"""
    for dtype in (torch.float64, torch.float32):
        for seed, sizes in ((1, (3, 2, 4)), (2, (2, 4, 3))):
            cell = cases.cell(seed, *sizes, scale=300.0, dtype=dtype)
            # Clear of the middle: whether a sum of large numbers is above or below zero is not the question.
            cell = cases.Cell(
                cell.x.round(decimals=1), cell.state, tuple(each.round() for each in cell.weights)
            )
            got = step(student, cell)
            for name, value, expected in zip("hc", got, cell.step(), strict=True):
                expect_tensor(value, expected, what=name, tolerance=1e-4 if dtype == torch.float32 else None)
    expect_from_equations(student)


@points(0.5)
def test_gradients_of_the_state(student):
    """Gradients reach x and the state"""
    gradients(student, LEAVES[:3])


@points(1)
def test_gradients_of_the_weights(student):
    """Gradients reach the weights and both biases"""
    gradients(student, LEAVES[3:])


@points(0.5)
def test_arguments_stay(student):
    """The state and all other arguments stay as they were"""
    for seed, sizes in ((1, (2, 3, 4)), (2, (1, 1, 1))):
        for dtype in (torch.float64, torch.float32):
            cell = cases.cell(seed, *sizes, dtype=dtype)
            h, c = step(student, cell)
            if torch.equal(h.detach(), cell.state[0]) or torch.equal(c.detach(), cell.state[1]):
                fail("returned the state that it was given")
            expect_unchanged(student)
    expect_from_equations(student)


def step(student, cell):
    """The student's h and c, tensors of shape (N, H) in the dtype of x."""
    got = cases.entries(student.lstm_cell(*cell.arguments), "h, c")
    for name, value, like in zip("hc", got, cell.state, strict=True):
        expect_tensor(value, like, what=name, tolerance=float("inf"))
    return got


def gradients(student, names):
    for seed, sizes in ((5, (3, 2, 4)), (6, (1, 1, 1)), (7, (2, 4, 3))):
        cell = cases.cell(seed, *sizes)
        step(student, cell)
        weights = [cases.normal(seed + i, *cell.state[0].shape, dtype=torch.float64) for i in (20, 21)]
        try:
            got = student.probe.gradients_of(
                student.probe.named("lstm_cell"), [cell.x, cell.state, *cell.weights], weights
            )
        except StudentRaised as error:
            fail(
                f"cannot be differentiated ({error.text}): compute with tensors of torch all the way, "
                "without `.detach()`, `.item()`, `.data` or NumPy"
            )
        right = dict(zip(LEAVES, cell.gradients(*weights), strict=True))
        found = dict(zip(LEAVES, cases.entries(got, ", ".join(LEAVES)), strict=True))
        for name in names:
            if found[name] is None:
                fail(f"lets no gradient reach `{name}`")
            expect_tensor(found[name], right[name], what=f"the gradient by `{name}`")
    expect_from_equations(student)


def expect_from_equations(student):
    """Neither the code nor the running function may make use of torch's own LSTMs."""
    found = cases.named_lstm(student.session.sources.values(), "lstm_cell")
    if found is None:
        cell = cases.cell(8, 2, 3, 4)
        try:
            called = student.probe.torch_functions(student.probe.named("lstm_cell"), *cell.arguments)
        except StudentRaised:
            called = []
        names = called if isinstance(called, list) else []
        found = next((name for name in names if str(name).partition(".")[0] in cases.LSTMS), None)
    if found is not None:
        fail(
            f"leaves the work to torch's own LSTM (`{found}`): compute the gates from their equations",
            mistake="uses_an_lstm_of_torch",
        )
