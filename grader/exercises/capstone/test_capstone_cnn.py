"""Grader of capstone/capstone_cnn: whatever the layers are called, their weights are told by their shapes."""

import numpy as np
import torch

from grader.checking import StudentRaised, expect_unchanged, fail, points
from grader.checking.expect import describe
from grader.checking.student import StudentObject
from grader.checking.tensors import expect_tensor
from grader.exercises.capstone import cases

P = 0.3  # of dropout, says the exercise


@points(0.5)
def test_parameters(student):
    """The right number of parameters, for any number of classes"""
    for number, arguments in ((3, ()), (3, (3,)), (2, (2,)), (10, (10,))):
        model = make(student, *arguments)
        count = sum(int(np.prod(each["shape"])) for each in described(student, model))
        expected = cases.PARAMETERS + (number - 3) * 129
        if count != expected:
            fail(f"has {count:,} parameters; for {number} classes it must be {expected:,}")
        layers(student, model, number)


@points(0.5)
def test_features_and_classifier(student):
    """The convolutions are in `features`, the linear layers in `classifier`, each model with its own"""
    one, other = make(student), make(student)
    for part in ("features", "classifier"):
        if student.probe.has(one, part) != [True]:
            fail(f"has no attribute `{part}`")
    names = layers(student, one, 3)
    for name in names[:6]:
        if not name.startswith("features."):
            fail(f"has the parameter {name!r} of a convolution outside of `features`")
    for name in names[6:]:
        if not name.startswith("classifier."):
            fail(f"has the parameter {name!r} of a linear layer outside of `classifier`")
    weights = [cases.draw_parameters(3, seed) for seed in (1, 2)]
    for model, numbers in zip((one, other), weights, strict=True):
        load(student, model, numbers)
    if not torch.equal(student.probe.state(one)[names[0]], weights[0][0]):
        fail("shares its weights with every other CapstoneCNN; make the layers in __init__")


@points(1)
def test_logits(student):
    """The logits, in eval mode"""
    for seed, (num_classes, count) in enumerate(((3, 4), (3, 1), (7, 2), (2, 9))):
        model = make(student, num_classes=num_classes)
        parameters = cases.draw_parameters(num_classes, seed)
        load(student, model, parameters)
        student.probe.train(model, False)
        images = pictures(count, seed)
        student.probe.seed(seed)
        got = model(images)
        expect_unchanged(student)
        expect_tensor(got, cases.forward(parameters, images), what="the logits", detached=False)


@points(0.5)
def test_gradients(student):
    """The gradients of all weights, and of the images"""
    model = make(student, num_classes=4)
    parameters = cases.draw_parameters(4, seed=5)
    names = load(student, model, parameters)
    student.probe.train(model, False)
    images, weights = pictures(3, seed=5), torch.linspace(-1, 1, 12).reshape(3, 4)
    student.probe.seed(5)
    got = student.probe.gradients(model, [images], weights)
    wanted = [each.clone().requires_grad_() for each in (images, *parameters)]
    (weights * cases.forward(wanted[1:], wanted[0])).sum().backward()
    for name, each in zip(["inputs", *names], wanted, strict=True):
        found = got.get(name) if isinstance(got, dict) else None
        if found is None:
            fail(f"no gradient reaches {name}: is something detached, or computed without gradients?")
        expect_tensor(found, each.grad, what=f"the gradient of {name}", tolerance=1e-4)


@points(1)
def test_dropout_in_training(student):
    """In train mode, dropout of 0.3 in front of the last layer"""
    dropped, kept, hidden = observe(student, True)
    share = dropped.double().mean().item()
    if abs(share - P) > 6 * (P * (1 - P) / dropped.numel()) ** 0.5:
        fail(f"in train mode, {share:.0%} of what goes into the last layer is zero; 30 % is expected")
    scale = (kept / hidden)[~dropped]
    if (scale - 1 / (1 - P)).abs().max() > 1e-3:
        fail(
            f"in train mode, what goes into the last layer is multiplied by {scale.min():.4g} to "
            f"{scale.max():.4g} where it is not zero: is that the only dropout, nn.Dropout(0.3)?"
        )
    for axis, what in ((1, "image"), (0, "unit")):
        shares = dropped.double().mean(axis)
        if (shares - P).abs().max() > 6 * (P * (1 - P) / dropped.shape[axis]) ** 0.5:
            fail(
                f"in train mode, dropout hits some {what}s more than others: each value has to be drawn by "
                "itself"
            )
    again, _, _ = observe(student, True, seed=9)
    if torch.equal(again, dropped):
        fail("in train mode, the same units are dropped again and again; draw anew in every pass")


@points(0.5)
def test_no_dropout_in_evaluation(student):
    """In eval mode nothing is dropped, whatever the mode was before"""
    for modes in ((False,), (True, False)):
        dropped, kept, hidden = observe(student, *modes)
        if dropped.any():
            fail(f"in eval mode, {dropped.double().mean():.0%} of what goes into the last layer is zero")
        expect_tensor(kept, hidden, what="in eval mode, what goes into the last layer", tolerance=1e-4)


# ---------------------------------------------------------------- looking at the model


def make(student, *arguments, **options):
    model = student.CapstoneCNN(*arguments, **options)
    if not isinstance(model, StudentObject) or not student.probe.is_a(model, "Module"):
        fail(f"made {describe(model)}; an nn.Module is expected")
    return model


def described(student, model):
    """Name and shape of each parameter."""
    try:
        found = student.probe.parameters(model)
    except StudentRaised:  # lazy layers find their shapes in the first pass
        model(pictures(1, seed=0))
        found = student.probe.parameters(model)
    for each in found:
        if each["dtype"] != "torch.float32":
            fail(f"has the parameter {each['name']} of dtype {each['dtype']}; float32 is expected")
        if not each["requires_grad"]:
            fail(f"has the parameter {each['name']} that does not require gradients, so nothing can train it")
    return found


def layers(student, model, num_classes):
    """The names of weights and biases, in the order of the layers."""
    shapes = {each["name"]: tuple(each["shape"]) for each in described(student, model)}
    names = []
    for what, shape in {**cases.SHAPES, "last linear layer": (num_classes, 128)}.items():
        found = [name for name, each in shapes.items() if each == shape]
        if len(found) != 1 or not found[0].endswith("weight"):
            fail(f"has {len(found)} weights of shape {shape}, that of the {what}; exactly one is expected")
        bias = found[0].removesuffix("weight") + "bias"
        if shapes.get(bias) != shape[:1]:
            fail(f"has no bias in its {what}, or one of another shape")
        names += [found[0], bias]
    if len(names) != len(shapes):
        fail(f"has {len(shapes)} tensors of parameters; {len(names)} are expected")
    return names


def load(student, model, parameters):
    """Give the model these weights and biases; returns their names."""
    names = layers(student, model, len(parameters[-1]))
    student.probe.load(model, dict(zip(names, parameters, strict=True)))
    return names


def pictures(count, seed):
    rng = np.random.default_rng(100 + seed)
    return torch.from_numpy(rng.normal(size=(count, 3, 32, 32)).astype(np.float32))


def observe(student, *modes, seed=8):
    """What comes out of dropout after a pass in each of these modes: the last layer passes on what it gets.

    Returns which units are dropped (images, units), all values, and what they are without dropout: positive.
    """
    model = make(student, num_classes=128)
    parameters = cases.draw_parameters(128, seed=7)
    parameters[7] += 20  # no unit of the hidden layer is off
    parameters[8], parameters[9] = torch.eye(128), torch.full((128,), -3.0)
    load(student, model, parameters)
    images = pictures(40, seed=7)
    student.probe.seed(seed)
    for mode in modes:
        student.probe.train(model, mode)
        got = model(images)
    expected = cases.forward(parameters, images) + 3
    assert expected.min() > 1
    if not isinstance(got, torch.Tensor) or got.shape != expected.shape or got.dtype != torch.float32:
        fail(f"returned {describe(got)}; a tensor of shape {tuple(expected.shape)} is expected")
    got = got.detach() + 3
    return got.abs() < 1e-3, got, expected
