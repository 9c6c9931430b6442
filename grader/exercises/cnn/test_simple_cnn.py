"""Grader of cnn/simple_cnn: parameters are told apart by their shapes, whatever their names and order."""

import torch

from grader.checking import StudentRaised, expect_unchanged, fail, points
from grader.checking.expect import describe
from grader.checking.student import StudentObject
from grader.checking.tensors import expect_tensor
from grader.exercises.cnn import cases


@points(1)
def test_parameters(student):
    """The parameters: shapes, number, and where they are (`features`, `classifier`)"""
    for classes in (None, 3, 7):
        model = make(student, classes)
        classes = classes or 10
        for name, expected in cases.simple_shapes(classes).items():
            if student.probe.has(model, name) != [True]:
                fail(f"has no `{name}`: the layers are to be found under `features` and `classifier`")
            part = student.probe.read(model, name)
            expect_shapes(shapes_of(student, part), expected, f"under `{name}`")
        expected = [shape for part in cases.simple_shapes(classes).values() for shape in part]
        shapes = shapes_of(student, model)
        total, wanted = cases.count(shapes), cases.count(expected)
        if total != wanted:
            fail(f"has {total:,} parameters for {classes} classes; {wanted:,} are expected")
        expect_shapes(shapes, expected, "in the whole model")


@points(0.5)
def test_logits_shape(student):
    """Logits of shape (N, num_classes), float32, for any number of images and classes"""
    for classes, count in ((None, 4), (3, 2), (5, 1), (12, 3), (1, 2), (10, 7)):
        model = make(student, classes)
        got = model(cases.images(1, count, 32))
        expect_tensor(got, torch.zeros(count, classes or 10), tolerance=float("inf"), detached=False)


@points(1.5)
def test_logits(student):
    """The logits, for given weights"""
    for classes, count, scale, middle in (
        (None, 3, 1.0, 0.0),
        (4, 1, 1.0, 0.5),
        (7, 5, 2.0, -2.0),
        (10, 2, 0.2, 0.5),
        (2, 2, 10.0, 0.0),
    ):
        model, values = filled(student, classes, seed=count)
        student.probe.train(model, False)
        images = cases.images(count, count, 32, scale, middle)
        expect_tensor(model(images), cases.simple_cnn(images, values))
        expect_unchanged(student)


@points(0.5)
def test_gradients(student):
    """Gradients reach every parameter"""
    model, values = filled(student, 5, seed=1)
    images, weights = cases.images(2, 3, 32), cases.images(3, 3, 5)[:, 0, 0]
    expect_tensor(model(images), torch.zeros(3, 5), tolerance=float("inf"))
    try:
        got = student.probe.gradients(model, [images], weights)
    except StudentRaised as error:
        fail(f"gives logits that cannot be differentiated ({error.text}); are gradients cut off on the way?")
    values = [value.requires_grad_() for value in values]
    expected = torch.autograd.grad((weights * cases.simple_cnn(images, values)).sum(), values)
    found = got.items() if isinstance(got, dict) else ()
    by_shape = {tuple(each.shape): (name, each) for name, each in found if isinstance(each, torch.Tensor)}
    for value, gradient in zip(values, expected, strict=True):
        name, each = by_shape.get(tuple(value.shape), ("", None))
        if each is None:
            fail(f"no gradient reaches the parameter of shape {tuple(value.shape)}")
        expect_tensor(each, gradient, what=f"the gradient of the logits by `{name}`", tolerance=1e-4)


@points(0.5)
def test_modes_and_instances(student):
    """The same logits in train and in eval mode, and two models that share nothing"""
    model, _ = filled(student, 3, seed=1)
    other, _ = filled(student, 3, seed=2)
    images = cases.images(4, 3, 32)
    train = model(images)
    student.probe.train(model, False)
    student.probe.train(other, False)
    eval_ = model(images)
    expect_tensor(train, torch.zeros(3, 3), tolerance=float("inf"))
    expect_tensor(eval_, train.detach(), what="its logits in eval mode, compared with train mode")
    got = other(images)
    expect_tensor(got, torch.zeros(3, 3), tolerance=float("inf"))
    if torch.equal(got, eval_):
        fail(
            "two models with different weights give the same logits: make the layers in `__init__`, new ones "
            "for each model, and use them in `forward`",
            mistake="SharesLayersAmongModels",
        )


def make(student, classes):
    """A new model. Lazy layers wait for the first images to know their shapes: show them some."""
    student.probe.seed(1)
    model = student.SimpleCNN() if classes is None else student.SimpleCNN(num_classes=classes)
    if not isinstance(model, StudentObject) or student.probe.is_a(model, "Module") is not True:
        fail(f"is {describe(model)}; an `nn.Module` is expected")
    if None in as_shapes(student.probe.fill(model, [])):
        model(cases.images(0, 1, 32))
    return model


def filled(student, classes, seed):
    """A new model with given numbers in it, and these."""
    model, values = make(student, classes), cases.simple_values(classes or 10, seed)
    expected = [tuple(value.shape) for value in values]
    expect_shapes(as_shapes(student.probe.fill(model, values)), expected, "in the whole model")
    return model, values


def shapes_of(student, model):
    shapes = as_shapes(student.probe.fill(model, []))
    if None in shapes:
        fail("has a lazy layer that has no weights, even after a pass of some images")
    return shapes


def as_shapes(reported):
    sides = [each for each in reported if each is not None] if isinstance(reported, list) else [None]
    if not all(isinstance(each, tuple) and all(type(side) is int for side in each) for each in sides):
        fail(f"its parameters are {describe(reported)}")
    return reported


def expect_shapes(got, expected, where):
    missing, surplus = list(expected), []
    for shape in got:
        if shape in missing:
            missing.remove(shape)
        else:
            surplus.append(shape)
    if missing or surplus:
        said = f"has a parameter of shape {surplus[0]} too many" if surplus else "lacks a parameter"
        fail(
            f"{said} {where}, which has {len(got)} parameters (weights and biases); {len(expected)} are "
            "expected, with the shapes that follow from the table of layers"
        )
