"""Grader of lstm/sine_lstm: an nn.LSTM and an nn.Linear with the same numbers in them are the oracle."""

import contextlib

import torch

from grader.checking import StudentRaised, expect_unchanged, fail, points
from grader.checking.expect import describe
from grader.checking.student import StudentObject
from grader.checking.tensors import expect_tensor
from grader.exercises.lstm import cases

SIZES = (  # settings, N, T
    ({}, 3, 7),
    ({"hidden_size": 5}, 4, 6),
    ({"input_size": 3, "hidden_size": 4}, 2, 5),
    ({"hidden_size": 6, "num_layers": 2}, 5, 3),
    ({"input_size": 2, "hidden_size": 3, "num_layers": 3}, 3, 4),
    ({"hidden_size": 1}, 2, 2),
)


@points(1)
def test_parts(student):
    """`lstm` and `fc`, with the sizes that were asked for"""
    for settings, count, steps in SIZES:
        model, spec = make(student, settings)
        with contextlib.suppress(StudentRaised):  # for the diagnosis; what it gives is for other checks
            model(sequences(1, settings, count, steps))
        got, expected = state_of(student, model), cases.oracle(spec, 1).state_dict()
        for name in ("lstm", "fc"):
            if student.probe.has(model, name) != [True]:
                fail(f"has no `{name}`")
        for name, right in expected.items():
            if name not in got:
                fail(f"has no parameter `{name}`; it has {', '.join(f'`{each}`' for each in got) or 'none'}")
            expect_tensor(got[name], right.float(), what=f"`{name}`", tolerance=float("inf"))
        surplus = sorted(got.keys() - expected.keys())
        if surplus:
            fail(f"has a parameter too many, `{surplus[0]}`")
        lstm = student.probe.read(model, "lstm")
        if student.probe.has(lstm, "batch_first") == [True] and not student.probe.read(lstm, "batch_first"):
            fail("has an `lstm` whose `batch_first` is not True: the batch is the first axis here")


@points(0.5)
def test_output_shape(student):
    """One number for each sequence, (N,), for one sequence and for one step as well"""
    for settings, count, steps in (*SIZES, ({}, 1, 4), ({"hidden_size": 3}, 1, 1), ({"num_layers": 2}, 5, 1)):
        model, _ = make(student, settings)
        got = model(sequences(1, settings, count, steps))
        expect_tensor(got, torch.zeros(count), tolerance=float("inf"), detached=False)


@points(1.5)
def test_output(student):
    """The output for given weights: `fc` on the last step of `lstm`"""
    for settings, count, steps in (
        *SIZES,
        ({"hidden_size": 3, "num_layers": 2}, 1, 6),
        ({"hidden_size": 4}, 6, 1),
    ):
        model, twin = filled(student, settings, seed=count)
        x = sequences(count, settings, count, steps)
        expect_tensor(model(x), cases.predict(twin, x).float())
        expect_unchanged(student)
        student.probe.train(model, False)
        expect_tensor(model(x), cases.predict(twin, x).float())


@points(0.5)
def test_gradients(student):
    """Gradients reach every parameter"""
    settings = {"input_size": 2, "hidden_size": 3, "num_layers": 2}
    model, twin = filled(student, settings, seed=2)
    x, weights = sequences(3, settings, 4, 5), cases.normal(4, 4)
    expect_tensor(model(x), torch.zeros(4), tolerance=float("inf"))
    try:
        got = student.probe.gradients(model, [x], weights)
    except StudentRaised as error:
        fail(f"cannot be differentiated ({error.text}); are gradients cut off on the way?")
    named = dict(twin.named_parameters())
    right = torch.autograd.grad((weights.double() * twin(x.double())).sum(), list(named.values()))
    for name, gradient in zip(named, right, strict=True):
        if not isinstance(got, dict) or not isinstance(got.get(name), torch.Tensor):
            fail(f"lets no gradient reach `{name}`")
        expect_tensor(got[name], gradient.float(), what=f"the gradient by `{name}`", tolerance=1e-4)


@points(0.5)
def test_calls_and_instances(student):
    """The same answer at each call, whatever came before; two models that share nothing"""
    settings = {"hidden_size": 4}
    model, _ = filled(student, settings, seed=5)
    other, _ = filled(student, settings, seed=6)
    x, between = sequences(6, settings, 3, 5), sequences(7, settings, 3, 4)
    first = model(x)
    model(between)
    again, its = model(x), other(x)
    for each in (first, again, its):
        expect_tensor(each, torch.zeros(3), tolerance=float("inf"))
    expect_tensor(again, first.detach(), what="the same sequences, after others,")
    if torch.equal(its, again):
        fail(
            "two models with different weights give the same answers: make the layers in `__init__`, new "
            "ones for each model, and use them in `forward`",
            mistake="SharesLayers",
        )


def sequences(seed, settings, count, steps):
    return cases.normal(seed, count, steps, settings.get("input_size", 1))


def make(student, settings):
    """A new model, and the spec of one that has its parameters. A lazy layer gets to see some data first."""
    student.probe.seed(1)
    in_order = ("input_size", "hidden_size", "num_layers")
    if len(settings) == len(in_order):
        model = student.SineLSTM(*(settings[name] for name in in_order))
    else:
        model = student.SineLSTM(**settings)
    if not isinstance(model, StudentObject) or student.probe.is_a(model, "Module") is not True:
        fail(f"is {describe(model)}; an `nn.Module` is expected")
    shapes = student.probe.fill(model, [])
    if isinstance(shapes, list) and None in shapes:
        model(sequences(0, settings, 2, 3))
    return model, cases.forecaster(**{"hidden_size": 32, **settings})


def state_of(student, model):
    state = student.probe.state(model)
    return state if isinstance(state, dict) else {}


def filled(student, settings, seed):
    """A new model with given numbers in it, and its twin."""
    model, spec = make(student, settings)
    twin = cases.oracle(spec, seed)
    values = cases.parameters(twin)
    got = state_of(student, model)
    for name, value in values.items():
        if name not in got:
            fail(f"has no parameter `{name}`, which follows from the names `lstm` and `fc`")
        expect_tensor(got[name], value, what=f"`{name}`", tolerance=float("inf"))
    student.probe.load(model, values)
    return model, twin
