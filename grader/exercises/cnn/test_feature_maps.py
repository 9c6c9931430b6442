"""Grader of cnn/feature_maps: the two functions are checked apart, so that one alone earns its part."""

import contextlib

import torch

from grader.checking import CheckFailed, StudentRaised, expect_unchanged, fail, points
from grader.checking.student import StudentObject
from grader.checking.tensors import changed, expect_tensor
from grader.exercises.cnn import cases

CNN = {  # (N, 1, 8, 8) → (N, 5)
    "features": [
        ["Conv2d", 1, 16, 3, {"padding": 1}],
        ["ReLU"],
        ["MaxPool2d", 2],
        ["Conv2d", 16, 6, 3, {"padding": 1}],
        ["BatchNorm2d", 6],
        ["ReLU"],
        ["MaxPool2d", 2],
    ],
    "classifier": [["Flatten"], ["Linear", 24, 7], ["ReLU"], ["Dropout", 0.5], ["Linear", 7, 5]],
}
NESTED = {
    "features": {"first": [["Conv2d", 1, 4, 3], ["BatchNorm2d", 4]], "rest": [["ReLU"], ["MaxPool2d", 2]]},
    "classifier": {"flat": ["Flatten"], "out": ["Linear", 36, 3]},
}


@points(0.5)
def test_filters(student):
    """first_layer_filters: the first convolution's weights, (16, 3, 3), detached"""
    for spec, seed in ((CNN, 1), (cases.SIMPLE, 2), (CNN, 3)):
        model = student.probe.model(spec, seed=seed)
        expected = cases.parameters(cases.oracle(spec, seed))["features.0.weight"][:, 0]
        expect_tensor(student.first_layer_filters(model), expected, detached=True)


@points(0.5)
def test_filters_are_a_copy(student):
    """first_layer_filters: a copy; the model stays as it was"""
    model = student.probe.model(CNN, seed=1)
    student.probe.train(model, False)
    before, reported, _ = snapshot(student, model)
    expect_tensor(student.first_layer_filters(model), torch.zeros(16, 3, 3), tolerance=float("inf"))
    if changed(before, student.probe.state(model)):
        fail("changed the model's weights or buffers")
    if student.probe.parameters(model) != reported:
        fail("changed the model's parameters: they do not all require gradients any more, or are others")
    # Tensors of this kind do not travel: what is returned stays beside the model, and can be looked at later.
    model = student.probe.model(CNN, seed=1)
    model.bfloat16()
    try:
        filters = student.first_layer_filters(model)
    except StudentRaised as error:
        if "BFloat16" in error.text:
            return  # NumPy does not know this kind
        raise
    if not isinstance(filters, StudentObject):
        return  # converted, hence copied
    earlier = filters.float()
    student.probe.load(model, {"features.0.weight": torch.full((16, 1, 3, 3), 8.0)})
    later = filters.float()
    expect_tensor(earlier, torch.zeros(16, 3, 3), tolerance=float("inf"))
    expect_tensor(later, torch.zeros(16, 3, 3), tolerance=float("inf"))
    if not torch.equal(earlier, later):
        fail(
            "returned a view of the weights instead of a copy: when the model is trained further, the "
            "filters change, too"
        )


@points(0.5)
def test_maps(student):
    """feature_maps: the output of the named submodule"""
    for spec, layer, count in (
        (CNN, "features.0", 2),
        (CNN, "features.1", 3),
        (CNN, "features.3", 1),
        (CNN, "features.6", 2),
        (CNN, "features", 2),
        (CNN, "classifier.0", 3),
        (CNN, "classifier.1", 4),
        (CNN, "classifier.4", 2),
        (NESTED, "features.first.0", 2),
        (NESTED, "features.rest", 1),
        (NESTED, "classifier.out", 2),
    ):
        model = student.probe.model(spec, seed=4)
        student.probe.train(model, False)
        for seed in (1, 2):
            images = cases.images(seed, count, 8)
            expected = cases.hooked(cases.oracle(spec, 4), images, layer)
            expect_tensor(student.feature_maps(model, images, layer), expected)
            expect_unchanged(student)


@points(0.5)
def test_mode(student):
    """feature_maps: in eval mode; mode, weights and buffers are as before afterwards"""
    for spec, layer in ((CNN, "features.4"), (NESTED, "features.first.1"), (CNN, "classifier.4")):
        for training in (True, False):
            name = "train" if training else "eval"
            images = cases.images(3, 4, 8, scale=2.0, middle=1.0)
            model = student.probe.model(spec, seed=5)
            student.probe.train(model, training)
            before, reported, modules = snapshot(student, model)
            got = student.feature_maps(model, images, layer)
            expected = cases.hooked(cases.oracle(spec, 5), images, layer)
            try:
                expect_tensor(got, expected)
            except CheckFailed as error:
                fail(f"for a model in {name} mode {error}; is it in eval mode while the images go through?")
            after = student.probe.modules(model)
            if after != modules:
                fail(f"leaves a model that was in {name} mode in another mode, or with other modules in it")
            if changed(before, student.probe.state(model)):
                fail("changed the model's weights or buffers")
            if student.probe.parameters(model) != reported:
                fail("changed what requires gradients: the model cannot be trained as before")


@points(0.5)
def test_hook(student):
    """feature_maps: its hook is removed again, also after an error, and no other"""
    model = student.probe.model(CNN, seed=6)
    student.probe.add_hook(model, "features.0")
    before = student.probe.hooks(model)
    for layer in ("features.0", "classifier.1"):
        got = student.feature_maps(model, cases.images(1, 2, 8), layer)
        expect_tensor(got, cases.hooked(cases.oracle(CNN, 6), cases.images(1, 2, 8), layer), tolerance=1e9)
        expect_hooks(student.probe.hooks(model), before, "")
    for layer, images in (
        ("features.0", cases.images(1, 2, 12)),  # goes wrong after the layer, in the classifier
        ("classifier.4", cases.images(1, 2, 12)),  # goes wrong before it
        ("features.0", cases.images(1, 2, 8)[:, 0, 0]),
    ):
        with contextlib.suppress(StudentRaised):
            student.feature_maps(model, images, layer)
        expect_hooks(
            student.probe.hooks(model), before, " after images of a wrong size, which raise an error"
        )


@points(0.5)
def test_no_gradients(student):
    """feature_maps: no gradients are tracked, and the result is detached"""
    for layer in ("features.0", "features.3", "classifier.1"):
        images = cases.images(1, 2, 8)
        model = student.probe.model(CNN, seed=7)
        student.probe.train(model, False)
        student.probe.read(model, "features")  # watched, too
        got, events = student.watching().feature_maps(model, images, layer)
        expect_tensor(got, cases.hooked(cases.oracle(CNN, 7), images, layer), tolerance=1e9, detached=True)
        if any(event["grad"] for event in events if event["what"] == "forward"):
            fail("lets PyTorch track gradients during the pass, which costs time and memory for nothing")
        logits = model(images)
        if isinstance(logits, torch.Tensor) and not logits.requires_grad:
            fail("leaves gradients switched off for good: nothing can be trained after this call")


def snapshot(student, model):
    return student.probe.state(model), student.probe.parameters(model), student.probe.modules(model)


def expect_hooks(hooks, before, when):
    if not isinstance(hooks, int) or hooks < before:
        fail(f"removed a hook that is not its own{when}")
    if hooks > before:
        fail(f"leaves its hook in the model{when}: it would run, and keep its outputs, at every later pass")
