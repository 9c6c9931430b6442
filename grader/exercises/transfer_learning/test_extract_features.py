"""Grader of transfer_learning/extract_features."""

import torch

from grader.checking import expect_unchanged, fail, points
from grader.checking.expect import describe
from grader.checking.tensors import expect_tensor
from grader.exercises.transfer_learning import cases
from grader.kernel import probes
from grader.kernel.probes import build


@points(1)
def test_values(student):
    """What model.fc receives, of shape (N, in_features)"""
    for spec, count, side in (
        (cases.PLAIN, 5, 8),
        (cases.PLAIN, 1, 8),
        (cases.NAMESAKES, 3, 8),
        (cases.BLOCKS, 4, 8),
        (cases.SMALL, 2, 32),
    ):
        model, images = student.probe.model(spec, seed=1), cases.images(2, count, side)
        student.probe.train(model, False)
        got = student.extract_features(model, images)
        expect_tensor(_plain(got), cases.features(spec, 1, images))
        expect_unchanged(student)


@points(0.5)
def test_other_models(student):
    """… of any model with a head called fc: ResNet-18, and one with an auxiliary head beside it"""
    probe = student.probe
    images = cases.images(3, 2, 32)
    model = probe.model(cases.RESNET18, seed=3)
    probe.train(model, False)
    got = student.extract_features(model, images)
    expect_tensor(_plain(got), cases.features(cases.RESNET18, 3, images), tolerance=1e-4)
    model = probe.model(cases.SMALL, seed=3)
    probe.write(model, aux=probe.model(["Linear", 32, 5], seed=3))  # a layer that the forward pass leaves out
    probe.train(model, False)
    got = student.extract_features(model, images)
    expect_tensor(_plain(got), cases.features(cases.SMALL, 3, images))


@points(0.5)
def test_pass(student):
    """The pass is made in eval mode and without gradients"""
    probe = student.probe
    for train in (True, False):
        images = cases.images(4, 6)
        probe.seed(4)
        model = probe.model(cases.BLOCKS, seed=4)
        probe.train(model, train)
        before = probe.digests(model)
        got, events = student.watching().extract_features(model, images)
        expect_tensor(got, cases.features(cases.BLOCKS, 4, images), detached=True)
        for event in events:
            if event["what"] == "forward" and event["training"]:
                fail("makes the forward pass in train mode")
            if event["what"] == "forward" and event["grad"]:
                fail("tracks gradients during the forward pass")
        different = cases.differing(before, probe.digests(model))
        if different:
            fail(f"changed {cases.listed(different)}")


@points(0.5)
def test_mode(student):
    """The model is in the mode that it was in"""
    probe = student.probe
    for train in (True, False):
        model = probe.model(cases.BLOCKS, seed=5)
        probe.train(model, train)
        got = student.extract_features(model, cases.images(5, 3))
        _expect_shape(got, cases.BLOCKS)
        if probe.read(model, "training") is not train:
            was, now = ("train", "eval") if train else ("eval", "train")
            fail(f"left a model that was in {was} mode in {now} mode")


@points(0.5)
def test_head(student):
    """The head is the one that it was, and works as before"""
    probe = student.probe
    images = cases.images(6, 3)
    model = probe.model(cases.PLAIN, seed=6)
    head, before = probe.read(model, "fc"), probe.digests(model)
    logits = probes.predict(cases.make(cases.PLAIN, 6), images)
    flags = cases.trainable(student, model)
    for _ in range(2):
        _expect_shape(student.extract_features(model, images), cases.PLAIN)
        if probe.read(model, "fc") != head:
            fail("left another layer in the place of `model.fc`")
        if probe.hooks(head):
            fail("left a hook on the head: it is called in every later pass, and keeps its tensors alive")
    if cases.differing(before, probe.digests(model)) or cases.trainable(student, model) != flags:
        fail("left the model with other parameters than before, or others that require gradients")
    expect_tensor(probe.predict(model, images), logits, what="the model's logits afterwards")


def _expect_shape(got, spec):
    """Something like features of 3 images: who computes none has nothing to put back."""
    wanted = (3, build(spec).fc.in_features)
    if not isinstance(got, torch.Tensor) or tuple(got.shape) != wanted:
        fail(f"returned {describe(got)}; features of shape {wanted} are expected")


def _plain(got):
    """A tensor whether it tracks gradients or not: that is another check's."""
    return got.detach() if isinstance(got, torch.Tensor) else got
