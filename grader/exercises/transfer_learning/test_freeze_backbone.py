"""Grader of transfer_learning/freeze_backbone.

Several calls are made before the first is judged: the more answers, the surer the diagnosis.
"""

from grader.checking import CheckFailed, expect_int, fail, points
from grader.checking.expect import describe
from grader.exercises.transfer_learning import cases
from grader.kernel.probes import outline


@points(1)
def test_freezes(student):
    """Exactly the parameters of model.fc require gradients"""
    probe = student.probe
    for spec in (cases.BLOCKS, cases.PLAIN, cases.SMALL, cases.RESNET18):
        model = probe.model(spec)
        after = cases.model_of(student.freeze_backbone(model), model)
        cases.expect_trainable(cases.trainable(student, after), cases.HEAD)


@points(0.5)
def test_whatever_before(student):
    """… whatever required gradients before, and whatever the head has"""
    probe = student.probe
    some = ("stem.conv.weight", "layer1.1.0.bias")
    found = []
    for before, when in (
        ((), "before, no parameter did"),
        (some, "before, some of the backbone did, and the head did not"),
        (("fc.bias",), "before, only a part of the head did"),
    ):
        model = probe.model(cases.BLOCKS)
        probe.require_gradients(model, before)
        after = cases.model_of(student.freeze_backbone(model), model)
        probe.read(after, "training")  # not graded: for the diagnosis
        found.append((cases.trainable(student, after), when))
    for got, when in found:
        cases.expect_trainable(got, cases.HEAD, when)
    model = probe.model(cases.NO_BIAS)
    after = cases.model_of(student.freeze_backbone(model), model)
    cases.expect_trainable(cases.trainable(student, after), ["fc.weight"], "the head has no bias")
    model = probe.model(cases.BLOCKS)
    probe.write(model, aux=probe.model(["Linear", 6, 2]))
    after = cases.model_of(student.freeze_backbone(model), model)
    when = "the model has an auxiliary head `aux` beside `fc`"
    cases.expect_trainable(cases.trainable(student, after), cases.HEAD, when)


@points(0.5)
def test_namesakes(student):
    """… also where layers of the backbone are called fc_in, fc1 or layer1.fc"""
    model = student.probe.model(cases.NAMESAKES)
    after = cases.model_of(student.freeze_backbone(model), model)
    cases.expect_trainable(cases.trainable(student, after), cases.HEAD)


@points(0.5)
def test_same_model(student):
    """The model is returned, with the values that it had"""
    probe = student.probe
    for train in (True, False):
        probe.seed(1)
        model = probe.model(cases.BLOCKS, seed=1)
        probe.train(model, train)
        before = probe.digests(model)
        got = student.freeze_backbone(model)
        cases.expect_same_model(got, model)
        different = cases.differing(before, probe.digests(model))
        if different:
            fail(f"changed the values of {cases.listed(different)}")
        if cases.trainable(student, model) == {name for name, _ in outline(cases.BLOCKS).named_parameters()}:
            fail("froze nothing")


@points(1)
def test_summary(student):
    """trainable_summary counts the elements of all parameters, and of those that require gradients"""
    probe = student.probe
    for spec, trainable in (
        (cases.BLOCKS, None),
        (cases.BLOCKS, cases.HEAD),
        (cases.NAMESAKES, ("layer10.fc1.weight", "fc_in.bias", "fc.bias")),
        (cases.NAMESAKES, ()),
        (cases.RESNET18, ("layer1.0.conv1.weight", "bn1.bias", *cases.HEAD)),
    ):
        model = probe.model(spec)
        sizes = {name: each.numel() for name, each in outline(spec).named_parameters()}
        if trainable is not None:
            probe.require_gradients(model, trainable)
        counted = sizes if trainable is None else trainable
        got, left = student.trainable_summary(model), cases.trainable(student, model)
        _check_summary(got, sum(sizes[name] for name in counted), sum(sizes.values()))
        if left != set(counted):
            fail("changed which parameters require gradients; it only has to count")


@points(0.5)
def test_shared(student):
    """A parameter that two layers share is counted once"""
    probe = student.probe
    for trainable, expected in ((("first.linear.weight", "fc.bias"), 36 + 3), (cases.HEAD, 18 + 3)):
        model = probe.model(
            {
                "first": {"linear": ["Linear", 6, 6]},
                "second": {"linear": ["Linear", 6, 6]},
                "relu": ["ReLU"],
                "fc": ["Linear", 6, 3],
            }
        )
        probe.tie(model, "first.linear.weight", "second.linear.weight")
        probe.require_gradients(model, trainable)
        _check_summary(student.trainable_summary(model), expected, 36 + 6 + 6 + 18 + 3)


def _check_summary(got, trainable, total):
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        fail(f"returned {describe(got)}; two numbers are expected, `trainable, total`")
    for name, count, expected in zip(("trainable", "total"), got, (trainable, total), strict=True):
        try:
            expect_int(count, expected)
        except CheckFailed as error:
            fail(f"{name}: {error}")
