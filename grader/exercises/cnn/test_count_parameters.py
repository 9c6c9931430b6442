"""Grader of cnn/count_parameters."""

import torch

from grader.checking import CheckFailed, expect_int, fail, points
from grader.checking.expect import describe
from grader.checking.tensors import changed
from grader.exercises.cnn import cases
from grader.kernel.probes import build

ZOO = {
    "a linear layer": [["Linear", 5, 3]],
    "a small CNN": cases.normed(3),
    "layers of other kinds": [["PReLU"], ["LayerNorm", [2, 3]], ["Embedding", 7, 2], ["Bilinear", 2, 3, 4]],
    "an attention layer": {"a": ["MultiheadAttention", 4, 2], "b": {"c": [["GRU", 3, 2]]}},
    "a number as parameter": [["ParameterList", [torch.tensor(2.0), torch.zeros(2, 3)]]],
    "a bare number": [["ParameterList", [torch.tensor(2.0)]]],
    "SimpleCNN": cases.SIMPLE,
    "no parameters": [["Flatten"], ["ReLU"]],
}


@points(0.5)
def test_total(student):
    """All elements of all parameters, as two ints"""
    for kind, spec in ZOO.items():
        model, total = student.probe.model(spec), total_of(spec)
        expect_pair(student.count_parameters(model), total, total, kind)


@points(0.5)
def test_trainable(student):
    """Only parameters that require gradients are trainable"""
    for trained in ([], ["head.bias"], ["body.1.weight", "head.bias"], ["body.0.weight"]):
        spec = cases.normed(5)
        model = student.probe.model(spec)
        student.probe.require_gradients(model, trained)
        shapes = dict(build(spec).named_parameters())
        trainable = cases.count(shapes[name].shape for name in trained)
        kind = f"a model in which {', '.join(trained) or 'nothing'} requires gradients"
        expect_pair(student.count_parameters(model), total_of(spec), trainable, kind)
    student.probe.require_gradients(model, trained)
    model.eval()
    expect_pair(student.count_parameters(model), total_of(spec), trainable, "the same in eval mode")


@points(0.5)
def test_shared(student):
    """A parameter that two modules share counts once"""
    kind = "a model that uses one module twice"
    model = student.probe.model({"first": [["Linear", 3, 4]]})
    layer = student.probe.read(model, "first")
    student.probe.write(model, again=layer)
    expect_pair(student.count_parameters(model), 16, 16, kind)
    kind = "a model with one weight in two layers"
    model = student.probe.model({"encode": ["Linear", 4, 4], "decode": ["Linear", 4, 4]})
    student.probe.tie(model, "encode.weight", "decode.weight")
    expect_pair(student.count_parameters(model), 24, 24, kind)
    student.probe.require_gradients(model, ["encode.bias", "decode.bias"])
    expect_pair(student.count_parameters(model), 24, 8, f"{kind}, which is frozen")


@points(0.5)
def test_counts_nothing_else(student):
    """Buffers do not count, equal parameters do, and the model stays as it was"""
    spec = [["BatchNorm1d", 6], ["Linear", 6, 6], ["BatchNorm1d", 6], ["InstanceNorm1d", 6]]
    student.probe.seed(1)
    model = student.probe.model([*spec, ["BatchNorm1d", 3, {"affine": False}]])  # all scales 1, all shifts 0
    student.probe.require_gradients(model, ["0.weight", "0.bias", "1.bias", "2.weight"])
    state, reported = student.probe.state(model), student.probe.parameters(model)
    expect_pair(student.count_parameters(model), 66, 24, "a model with BatchNorm")
    if changed(state, student.probe.state(model)):
        fail("changed the model: counting must leave it as it was")
    if student.probe.parameters(model) != reported:
        fail("changed what requires gradients: counting must leave the model as it was")


def total_of(spec):
    return cases.count(parameter.shape for parameter in build(spec).parameters())


def expect_pair(got, total, trainable, kind):
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        fail(f"returned {describe(got)}; two ints are expected, `total, trainable`")
    for name, value, expected in zip(("total", "trainable"), got, (total, trainable), strict=True):
        try:
            expect_int(value, expected)
        except CheckFailed as error:
            fail(f"{name} for {kind}: {error}")
