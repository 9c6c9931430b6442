"""Grader of transfer_learning/fine_tuning.

Several calls are made before the first is judged: the more answers, the surer the diagnosis.
"""

from grader.checking import fail, points
from grader.checking.expect import describe
from grader.checking.student import StudentObject
from grader.exercises.transfer_learning import cases
from grader.kernel.probes import outline

#: What plain Adam is; the rates are set by group.
PLAIN_ADAM = {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "amsgrad": False, "maximize": False}


@points(1)
def test_unfreeze(student):
    """unfreeze: the parameters of the named submodule require gradients, no others change"""
    _check_unfreeze(
        student,
        (cases.SMALL, cases.HEAD, "layer3"),
        (cases.SMALL, (), "layer1"),
        (cases.SMALL, ("conv1.weight", "layer3.0.bn1.bias"), "layer3"),
        (cases.BLOCKS, ("fc.weight",), "stem"),
        (cases.BLOCKS, ("stem.bn.bias", "layer1.0.weight"), "fc"),
        (cases.RESNET18, cases.HEAD, "layer4"),
    )


@points(0.5)
def test_unfreeze_nested(student):
    """unfreeze: submodules inside others, such as layer3.0"""
    _check_unfreeze(
        student,
        (cases.SMALL, cases.HEAD, "layer3.0"),
        (cases.SMALL, (), "layer2.0.downsample"),
        (cases.BLOCKS, cases.HEAD, "stem.conv"),
        (cases.BLOCKS, ("stem.conv.bias",), "layer1.1.0"),
    )


@points(0.5)
def test_unfreeze_namesakes(student):
    """unfreeze: names that are the beginning or a part of other names; the model is returned as it was"""
    probe = student.probe
    _check_unfreeze(
        student,
        (cases.NAMESAKES, (), "layer1"),
        (cases.NAMESAKES, (), "fc"),
        (cases.SMALL, cases.HEAD, "conv1"),
        (cases.SMALL, cases.HEAD, "bn1"),
    )
    for train in (True, False):
        model = probe.model(cases.BLOCKS, seed=1)
        probe.train(model, train)
        digests, modules = probe.digests(model), cases.modules(student, model)
        cases.expect_same_model(student.unfreeze(model, "layer1"), model)
        different = cases.differing(digests, probe.digests(model))
        if different:
            fail(f"changed the values of {cases.listed(different)}")
        if cases.modules(student, model) != modules:
            fail(
                "changed the mode of the model, or its layers: only `requires_grad` of parameters may change"
            )


@points(0.5)
def test_groups(student):
    """make_optimizer: the head in one group, the rest in another, each at its learning rate"""
    for spec in (cases.BLOCKS, cases.NAMESAKES, cases.SMALL):
        _check_groups(student, spec, None, 0.01, 0.001)
    model = {"first": ["Linear", 6, 6], "second": ["Linear", 6, 6], "relu": ["ReLU"], "fc": ["Linear", 6, 3]}
    _check_groups(student, model, None, 0.002, 0.03, share=("first", "second"))


@points(0.5)
def test_frozen(student):
    """make_optimizer: no frozen parameter in any group"""
    for spec, trainable in (
        (cases.SMALL, None),
        (cases.BLOCKS, ("layer1.0.weight", *cases.HEAD)),
        (cases.BLOCKS, ("stem.bn.weight", "stem.conv.bias", "fc.weight")),
    ):
        if trainable is None:
            trainable = {*cases.HEAD, *cases.names_below(outline(spec), "layer3")}
        _check_groups(student, spec, trainable, 0.005, 0.0002)


@points(0.5)
def test_head_only(student):
    """make_optimizer: no group for the backbone where all of it is frozen"""
    for spec in (cases.BLOCKS, cases.SMALL):
        _check_groups(student, spec, cases.HEAD, 0.004, 0.0001)


@points(0.5)
def test_adam(student):
    """make_optimizer: the optimizer is plain Adam"""
    probe = student.probe
    for trainable in (None, cases.HEAD):
        model = probe.model(cases.PLAIN, seed=1)
        if trainable is not None:
            probe.require_gradients(model, sorted(trainable))
        optimizer = _optimizer(student, student.make_optimizer(model, head_lr=0.01, backbone_lr=0.001))
        groups = probe.read(optimizer, "param_groups")
        kind = optimizer.type_name.rpartition(".")[2]
        if optimizer.type_name != "torch.optim.adam.Adam":
            fail(f"returned an optimizer of type {kind}; torch.optim.Adam is expected")
        for group in groups if isinstance(groups, list) else []:
            for name, value in PLAIN_ADAM.items():
                if isinstance(group, dict) and group.get(name) != value:
                    fail(
                        f"returned an Adam with {name}={group.get(name)!s:.40}; leave it as it is by default"
                    )


def _check_unfreeze(student, *them):
    """Each: a spec, the names that require gradients before, and the layer to unfreeze."""
    found = []
    for spec, before, layer in them:
        model = student.probe.model(spec)
        student.probe.require_gradients(model, before)
        after = cases.model_of(student.unfreeze(model, layer), model)
        found.append((student.last_call, cases.trainable(student, after)))
    for (spec, before, layer), (student.subject, got) in zip(them, found, strict=True):
        expected = {*before, *cases.names_below(outline(spec), layer)}
        when = f"before, {cases.listed(before) or 'nothing'} did; `{layer}` was unfrozen"
        cases.expect_trainable(got, expected, when)
    student.subject = None


def _optimizer(student, got):
    if not isinstance(got, StudentObject) or not student.probe.is_a(got, "Optimizer"):
        fail(f"returned {describe(got)}; an optimizer is expected")
    return got


def _check_groups(student, spec, trainable, head_lr, backbone_lr, share=None):
    """trainable: the names that require gradients; None for all. share: two layers that become one."""
    probe = student.probe
    model = probe.model(spec, seed=1)
    if share:
        probe.write(model, **{share[1]: probe.read(model, share[0])})
    if trainable is not None:
        probe.require_gradients(model, sorted(trainable))
    names = set(cases.parameters(student, model)) if trainable is None else set(trainable)
    groups = probe.groups(_optimizer(student, student.make_optimizer(model, head_lr, backbone_lr)), model)
    if not isinstance(groups, list) or not all(
        isinstance(group, dict)
        and isinstance(group.get("names"), list)
        and isinstance(group.get("lr"), float)
        for group in groups
    ):
        fail("returned an optimizer whose groups cannot be read")
    found = [name for group in groups for name in group["names"]]
    expected = {
        "head": (names & set(cases.HEAD), head_lr),
        "backbone": (names - set(cases.HEAD), backbone_lr),
    }
    if any(not group["names"] for group in groups):
        fail("made a group without parameters; leave it out")
    if "?" in found:
        fail("optimizes parameters that are not the model's own")
    if set(found) - names:
        fail(f"put {cases.listed(sorted(set(found) - names))} into a group, which is frozen")
    if names - set(found):
        fail(f"put {cases.listed(sorted(names - set(found)))} into no group, which requires gradients")
    if len(found) != len(set(found)):
        fail("put a parameter into its groups twice")
    wanted = {part: group for part, group in expected.items() if group[0]}
    if len(groups) != len(wanted):
        fail(f"made {len(groups)} groups of parameters; {len(wanted)} expected ({' and '.join(wanted)})")
    for part, (members, lr) in wanted.items():
        group = next((each for each in groups if set(each["names"]) == members), None)
        if group is None:
            fail(f"made no group of exactly the {part}'s trainable parameters")
        if abs(group["lr"] - lr) > 1e-9:
            fail(f"gave the {part}'s group the learning rate {group['lr']:g}; {lr:g} is expected")
