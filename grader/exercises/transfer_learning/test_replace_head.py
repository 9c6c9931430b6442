"""Grader of transfer_learning/replace_head.

Several calls are made before the first is judged: the more answers, the surer the diagnosis.
"""

import torch

from grader.checking import NotAttempted, StudentRaised, fail, points
from grader.checking.student import StudentObject
from grader.exercises.transfer_learning import cases
from grader.kernel.probes import outline


@points(1)
def test_head(student):
    """The head is an nn.Linear with the old in_features and num_classes outputs"""
    probe = student.probe
    for spec, num_classes, side in (
        (cases.BLOCKS, 7, 8),
        (cases.NAMESAKES, 1, 8),
        (cases.SMALL, 6, 32),
        (cases.RESNET18, 3, 32),
    ):
        probe.seed(1)
        model = probe.model(spec)
        after = cases.model_of(student.replace_head(model, num_classes), model)
        _head(student, after)
        rows = cases.parameters(student, after)
        wanted = {"fc.weight": (num_classes, outline(spec).fc.in_features), "fc.bias": (num_classes,)}
        for name, shape in wanted.items():
            if name not in rows:
                fail(f"left a head without `{name}`")
            if rows[name]["shape"] != shape:
                fail(f"left `{name}` with the shape {rows[name]['shape']}; {shape} is expected")
        logits = probe.predict(after, cases.images(2, 3, side))
        if not isinstance(logits, torch.Tensor) or tuple(logits.shape) != (3, num_classes):
            fail(f"left a model that does not turn 3 images into logits of shape (3, {num_classes})")


@points(0.5)
def test_new(student):
    """The head is a new layer with weights of its own, also where the number of classes is the same"""
    probe = student.probe
    for num_classes in (6, 4, 2):
        before = cases.make(cases.BLOCKS, 3).fc.weight.detach()
        probe.seed(num_classes)
        model = probe.model(cases.BLOCKS, seed=3)
        old = probe.read(model, "fc")
        after = cases.model_of(student.replace_head(model, num_classes), model)
        if _head(student, after) == old:
            fail("left the old layer as the head; a new one is expected")
        state = probe.state(after)
        weight = state.get("fc.weight") if isinstance(state, dict) else None
        if (
            not isinstance(weight, torch.Tensor)
            or weight.shape != (num_classes, before.shape[1])
            or not weight.is_floating_point()
        ):
            fail("left a head whose weights have the wrong shape")
        kept = torch.isclose(weight[:, None].double(), before[None].double()).all(2)  # (new rows, old rows)
        if kept.any():
            fail("left weights of the old head in the new one: its classes have nothing to do with the new")


@points(0.5)
def test_same_model(student):
    """The model is changed in place and returned"""
    for spec in (cases.BLOCKS, cases.SMALL):
        student.probe.seed(4)
        model = student.probe.model(spec, seed=4)
        cases.expect_same_model(student.replace_head(model, 5), model)
        _expect_another(cases.parameters(student, model), spec)


@points(0.5)
def test_the_rest(student):
    """Everything else is untouched: values, requires_grad, the mode, the other layers"""
    probe = student.probe
    for spec, train, trainable in (
        (cases.BLOCKS, True, ("stem.conv.weight", "layer1.1.0.bias", *cases.HEAD)),
        (cases.BLOCKS, False, ()),
        (cases.SMALL, False, ("layer3.0.conv1.weight",)),
        (cases.SMALL, True, None),
    ):
        probe.seed(5)
        model = probe.model(spec, seed=5)
        if trainable is not None:
            probe.require_gradients(model, trainable)
        probe.train(model, train)
        before = _look(student, model)
        got = cases.model_of(student.replace_head(model, 5), model)
        after = _look(student, got)
        _expect_another(cases.parameters(student, got), spec)
        for what, old, new in zip(("values", "requires_grad", "layers"), before, after, strict=True):
            if old.keys() != new.keys():
                fail("changed which layers the model has besides the head")
            different = [name for name in old if old[name] != new[name]]
            if different:
                what = "type or mode" if what == "layers" else what
                fail(f"changed {what} of {cases.listed(different)}; only the head may change")


@points(0.5)
def test_device_and_dtype(student, device):
    """The new head has the old head's dtype and is on the old head's device"""
    probe = student.probe
    looks = []
    # The device "meta" is everywhere: its tensors have a shape and a dtype, but no values.
    for whole, target in (
        (True, torch.float64),
        (True, "meta"),
        (True, device),
        (False, torch.float64),
        (False, "meta"),
    ):
        probe.seed(6)
        double = target is torch.float64
        model = probe.model(cases.BLOCKS, seed=6, double=double and whole)
        part = model if whole else _head(student, model)
        if not whole and double:
            part.double()
        if not double:
            part.to(target)
        before = cases.parameters(student, model)
        try:
            got = student.replace_head(model, 5)
        except NotAttempted:
            if target != "meta":
                raise
            # What torch raises for an attempt to move values that are not there.
            fail("moves values of the model, which has none on the device `meta`, to another device")
        except StudentRaised:
            if target != "meta":
                raise
            continue  # not everything that works on a GPU works there, so this says nothing
        after = cases.parameters(student, cases.model_of(got, model))
        looks.append((before, after, "" if whole else " (the other layers are elsewhere)"))
    for before, after, others in looks:
        _expect_another(after, cases.BLOCKS)
        for name in set(cases.HEAD) & set(after):
            for key in ("dtype", "device"):
                old, new = before[name].get(key), after[name].get(key)
                if old != new:
                    fail(f"left `{name}` with the {key} {new}; the old head had {old}{others}")


def _head(student, model):
    """The model's head, which must be an nn.Linear."""
    head = student.probe.read(model, "fc")
    if not isinstance(head, StudentObject) or not student.probe.is_a(head, "Linear"):
        student.probe.modules(model)  # for the diagnosis
        kind = head.type_name if isinstance(head, StudentObject) else type(head).__name__
        fail(f"left a `model.fc` of type {kind}; an nn.Linear is expected")
    return head


def _expect_another(parameters, spec):
    """The head must have been replaced by one for 5 classes, whatever that looks like."""
    if not any(name.startswith("fc.") for name in parameters):
        fail("left a `model.fc` without parameters")
    old = (outline(spec).fc.out_features, outline(spec).fc.in_features)
    if parameters.get("fc.weight", {}).get("shape") == old:
        fail(f"left the head for {old[0]} classes; one for 5 is expected")


def _look(student, model):
    """Values, requires_grad, and types and modes of all that is not the head, each by name."""
    probe = student.probe
    layers = {name: (row["type"], row["training"]) for name, row in cases.modules(student, model).items()}
    flags = {name: row["requires_grad"] for name, row in cases.parameters(student, model).items()}
    digests = probe.digests(model)
    if not isinstance(digests, dict):
        fail("left a model whose parameters cannot be read")
    return [
        {name: value for name, value in found.items() if name.partition(".")[0] != "fc"}
        for found in (digests, flags, layers)
    ]
