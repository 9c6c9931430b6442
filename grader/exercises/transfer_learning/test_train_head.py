"""Grader of transfer_learning/train_head.

Only first steps are compared exactly: there Adam moves each parameter by the learning rate, however the
gradients are scaled. Several calls are made before the first is judged: the more answers, the surer the
diagnosis.
"""

import torch

from grader.checking import fail, points
from grader.checking.calibration import SEED, threshold
from grader.checking.tensors import changed, expect_number
from grader.exercises.transfer_learning import cases
from grader.exercises.transfer_learning.trials import TRIALS

TINY_LR = 1e-12  # with it, nothing changes from epoch to epoch
CLEAR = 1e-3  # a gradient large enough for its sign to be certain
#: What Adam's second step adds to a weight whose second gradient is zero, in learning rates.
ADAMS_SECOND_STEP = (0.9 * 0.1 / (1 - 0.9**2)) / (0.999 * 0.001 / (1 - 0.999**2)) ** 0.5
OTHERS = ("SGD", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop", "Adagrad", "Adadelta", "SparseAdam")


@points(0.5)
def test_losses(student, device):
    """One loss an epoch: cross-entropy, the mean over samples"""
    probe = student.probe
    images, labels = cases.images(1, 12), cases.labels(1, 12, 4)
    images[10:] *= 8  # the last batch is small, and its loss is far from the others'
    expected = cases.mean_loss(cases.make(cases.PLAIN, 1), images, labels)
    for train, batch_size, epochs in ((True, 12, 1), (False, 12, 2), (True, 5, 3), (False, 4, 2)):
        model = probe.model(cases.PLAIN, seed=1)
        probe.require_gradients(model, cases.HEAD)
        probe.train(model, train)
        loader = probe.loader(images, labels, batch_size=batch_size)
        losses = student.train_head(model, loader, epochs=epochs, lr=TINY_LR, device=device)
        for epoch, loss in enumerate(cases.numbers_of(losses, epochs), 1):
            expect_number(loss, expected, what=f"the loss of epoch {epoch}", tolerance=1e-3)
    model = probe.model(cases.PLAIN, seed=1)
    loader = probe.loader(images, labels, batch_size=12)
    cases.numbers_of(student.train_head(model, loader, device=device), 5)  # the default


@points(0.5)
def test_adam(student, device):
    """The first step is Adam's, at the learning rate that was given"""
    images, labels = cases.images(2, 8), cases.labels(2, 8, 4)
    for lr, by in ((0.003, 0.0), (0.0007, 0.0), (None, 0.0), (0.003, 30.0)):
        start = cases.shifted(cases.PLAIN, 2, by)
        model = student.probe.model(cases.PLAIN, state=start.state_dict())
        student.probe.require_gradients(model, cases.HEAD)
        loader = student.probe.loader(images, labels, batch_size=8)
        options = {} if lr is None else {"lr": lr}
        _, events = student.watching().train_head(model, loader, epochs=1, device=device, **options)
        _expect_no_other_optimizer(events)
        moves = _moves(start, student.probe.state(model))
        for name, gradient in cases.gradients(start, images, labels).items():
            if name in cases.HEAD:
                _expect_moves(name, moves[name], gradient, 0.01 if lr is None else lr, by)


@points(0.5)
def test_steps(student, device):
    """One step a batch, each with its own gradients only; as many epochs as were asked for"""
    probe = student.probe
    images, labels = cases.images(3, 12), cases.labels(3, 12, 4)
    images[6:] = 0  # the second batch has no gradient for the head's weights
    start, lr = cases.make(cases.BLACK, 3), 0.002
    gradient = cases.gradients(start, images[:6], labels[:6])["fc.weight"]
    clear = gradient.abs() > CLEAR
    model = probe.model(cases.BLACK, seed=3)
    probe.require_gradients(model, cases.HEAD)
    loader = probe.loader(images, labels, batch_size=6)
    _, events = student.watching().train_head(model, loader, epochs=1, lr=lr, device=device)
    _expect_no_other_optimizer(events)
    far = (-_moves(start, probe.state(model))["fc.weight"] * gradient.sign() / lr)[clear]
    steps = [1 + ADAMS_SECOND_STEP, 1.0, 2.0]
    near = min(steps, key=lambda step: float((far - step).abs().max()))
    if near == 1.0:
        fail("takes no second step that goes on with the first: is there one step a batch, by one optimizer?")
    if near == 2.0:
        fail("takes the second batch's step with the first batch's gradients still in it")
    if float((far - near).abs().max()) > 0.05:
        fail("takes steps that are not Adam's for the gradients of one batch after the other")
    model = probe.model(cases.BLACK, seed=3)
    probe.require_gradients(model, cases.HEAD)
    student.train_head(model, loader, epochs=2, lr=1e-5, device=device)
    far = (-_moves(start, probe.state(model))["fc.weight"] * gradient.sign() / 1e-5)[clear].mean()
    if abs(far - 2 * (1 + ADAMS_SECOND_STEP)) < 0.05:  # Adam that goes on is at 3.16 then, not at 3.34
        fail("begins the second epoch as if there had been no first: the optimizer has forgotten it")
    loader = probe.loader(images[:6], labels[:6], batch_size=6)
    for epochs in (3, 8):
        model = probe.model(cases.BLACK, seed=3)
        probe.require_gradients(model, cases.HEAD)
        student.train_head(model, loader, epochs=epochs, lr=1e-5, device=device)
        far = (-_moves(start, probe.state(model))["fc.weight"] * gradient.sign() / 1e-5)[clear].mean()
        # Small steps with one gradient: each is as long as the learning rate, unless that is scheduled.
        if not 0.4 * epochs < far < epochs + 0.2:
            fail(f"moves the head as if it took {far:.1f} steps; {epochs} epochs of one batch are expected")


@points(1)
def test_what_is_trained(student, device):
    """All that requires gradients is trained, and nothing else"""
    images, labels = cases.images(4, 8), cases.labels(4, 8, 4)
    start = cases.make(cases.PLAIN, 4)
    found = []
    below = {layer: cases.names_below(start, layer) for layer in ("stem", "layer1", "fc")}
    for layers, train in (
        (("fc",), True),
        (("layer1", "fc"), True),
        (("layer1",), False),
        (("stem", "layer1", "fc"), True),
    ):
        model = student.probe.model(cases.PLAIN, seed=4)
        trainable = set().union(*(below[layer] for layer in layers))
        student.probe.require_gradients(model, sorted(trainable))
        student.probe.train(model, train)
        loader = student.probe.loader(images, labels, batch_size=8)
        student.train_head(model, loader, epochs=1, lr=0.004, device=device)
        found.append((trainable, student.probe.state(model)))
    for trainable, after in found:
        moved = set(changed(start.state_dict(), after))
        if moved - trainable:
            fail(f"changed {cases.listed(sorted(moved - trainable))}, which requires no gradients")
        if trainable - moved:
            fail(f"left {cases.listed(sorted(trainable - moved))} as it was, which requires gradients")
        moves = _moves(start, after)
        for name, gradient in cases.gradients(start, images, labels).items():
            if name in trainable:
                _expect_moves(name, moves[name], gradient, 0.004)


@points(1)
def test_frozen_backbone(student, device):
    """A frozen backbone is the same bit for bit afterwards, BatchNorm's running statistics included"""
    _check_frozen(student, device, (cases.BLOCKS, 8), (cases.SMALL, 32))


@points(0.5)
def test_flat_batchnorm(student, device):
    """… also where the backbone has BatchNorm1d layers"""
    _check_frozen(student, device, (cases.FLAT_NORM, 8))


@points(0.5)
def test_device(student, device):
    """The model and each batch are moved to the device"""
    probe = student.probe
    device = "cpu:0" if device == "cpu" else device
    for trainable in (cases.HEAD, None):
        model = probe.model(cases.PLAIN, seed=5)
        if trainable is not None:
            probe.require_gradients(model, trainable)
        loader = probe.loader(cases.images(5, 6), cases.labels(5, 6, 4), batch_size=3)
        _, events = student.watching(device).train_head(model, loader, epochs=1, lr=0.01, device=device)
        for event in events:
            if event["what"] == "forward" and not event.get("model_moved"):
                fail("does not move the model to the device")
            if event["what"] == "forward" and not event.get("moved"):
                fail("does not move the images to the device")
            if event["what"] == "loss" and event.get("moved") is False:
                fail("does not move the labels to the device")
        moves = _moves(cases.make(cases.PLAIN, 5), probe.state(model))
        if not any(moves[name].any() for name in cases.HEAD):
            fail("trains nothing: the head is as it was")


@points(1.5, seconds=120, replay=False)
def test_trial(student, device):
    """Recognises unseen images far better than the same network trained from scratch"""
    got, needed = (
        TRIALS["train_head"].measure(student, SEED, device),
        threshold("transfer_learning/train_head"),
    )
    student.measured = got, needed
    if got < needed:
        fail(
            f"on a frozen pre-trained network and a few images: recognises {got:.0%} of unseen images, where "
            f"at least {needed:.0%} are expected"
        )


def _check_frozen(student, device, *networks):
    """Each: a spec, and the side of its images."""
    probe = student.probe
    found = []
    for train in (True, False):
        for spec, side in networks:
            before = cases.make(spec, 6).state_dict()
            probe.seed(6)  # for dropout
            model = probe.model(spec, seed=6)
            probe.require_gradients(model, cases.HEAD)
            probe.train(model, train)
            loader = probe.loader(cases.images(6, 8, side), cases.labels(6, 8, 4), batch_size=4)
            student.train_head(model, loader, epochs=2, lr=0.01, device=device)
            found.append((changed(before, probe.state(model)), "train" if train else "eval"))
    for moved, mode in found:
        surplus = [name for name in moved if name not in cases.HEAD]
        if surplus:
            fail(f"changed {cases.listed(surplus)} of a frozen backbone (the model came in {mode} mode)")
        if set(moved) != set(cases.HEAD):
            fail("trains nothing: the head, which requires gradients, is as it was")


def _expect_no_other_optimizer(events):
    others = sorted({event["optimizer"] for event in events if event["what"] == "step"} & set(OTHERS))
    if others:
        fail(f"trains with {others[0]}; Adam is expected")


def _moves(start, after):
    """How far each parameter went."""
    changed(start.state_dict(), after)
    moves = {}
    for name, before in start.state_dict().items():
        if after[name].shape != before.shape or after[name].dtype != before.dtype:
            fail(f"left `{name}` with another shape or dtype")
        if not torch.isfinite(after[name]).all():
            fail(f"left numbers in `{name}` that are not finite")
        moves[name] = after[name] - before
    return moves


def _expect_moves(name, move, gradient, lr, by=0.0):
    """Adam's first step, which is as long as the learning rate, against the gradient."""
    clear = gradient.abs() > CLEAR
    far = -(move * gradient.sign())[clear] / lr
    numbers = " whose numbers are large" if by else ""
    if ((far - 1).abs() > 0.05).any():
        if (far < 0.5).all() and (far > -0.5).all():
            fail(f"hardly moves `{name}`{numbers} in one epoch of one batch")
        fail(f"does not take Adam's step for `{name}`{numbers} in one epoch of one batch, lr={lr:g}")
