"""Grader of cnn/training_loop: the two functions are checked apart, so that one alone earns its part.

A right epoch is reproduced number by number: no randomness is in it. Where the contract leaves freedom
(figures measured during the epoch or right after it), either will do.
"""

import torch
from torch import nn

from grader.checking import expect_unchanged, fail, points
from grader.checking.expect import describe
from grader.checking.tensors import FLOAT32, changed, expect_number
from grader.exercises.cnn import cases

UNEVEN = "1111101000100"  # in batches of five, the means of the batches are 1, 0.2 and 0.33
WEIGHING = "is it a mean over all samples? The last batch is smaller than the others and must weigh less"


@points(1)
def test_steps(student, device):
    """train_epoch: one step of the optimizer for every batch"""
    for classes, count, batch_size, epochs in ((3, 13, 5, 1), (4, 9, 4, 1), (2, 6, 6, 1), (3, 11, 4, 3)):
        spec, data = cases.plain(classes), cases.draw(count, count, batch_size, classes)
        expect_training(
            student,
            device,
            spec,
            data,
            epochs=epochs,
            hint="for every batch, the small one at the end too, clear the gradients, compute the loss, go "
            "backward and make one step",
        )


@points(0.5)
def test_given_parts(student, device):
    """train_epoch: with the optimizer and the criterion that are given"""
    data = cases.draw(20, 12, 5, 3)
    log_softmax = ["LogSoftmax", 1]
    for spec, criterion, options, optimizer in (
        (cases.plain(3), "CrossEntropyLoss", {}, ("SGD", {"lr": 0.1, "momentum": 0.9})),
        (cases.plain(3), "CrossEntropyLoss", {}, ("Adam", {"lr": 0.01})),
        (cases.plain(3), "CrossEntropyLoss", {"label_smoothing": 0.3}, ("SGD", {"lr": 0.5})),
        (cases.plain(3), "MultiMarginLoss", {}, ("SGD", {"lr": 0.5})),
        (cases.plain(3, log_softmax), "NLLLoss", {}, ("RMSprop", {"lr": 0.01})),
    ):
        expect_training(
            student,
            device,
            spec,
            data,
            criterion=(criterion, options),
            optimizer=optimizer,
            epochs=2,
            hint=f"use what is given: here the optimizer is {optimizer[0]}, the criterion {criterion}",
        )
    hint = "the optimizer that is given has the parameters of the last layer only; no other may move"
    expect_training(student, device, cases.plain(3), data, part="head", epochs=2, hint=hint)


@points(0.5)
def test_train_mode(student, device):
    """train_epoch: in train mode, whatever the mode was before"""
    for spec, training in ((cases.normed(3), True), (cases.normed(3), False), (cases.dropping(3), False)):
        layer = "BatchNorm" if spec == cases.normed(3) else "Dropout"
        expect_training(
            student,
            device,
            spec,
            cases.draw(30, 13, 5, 3),
            training=training,
            epochs=2,
            hint=f"is the model in train mode? It has a layer ({layer}) for which that makes a difference",
        )


@points(0.5)
def test_loss(student, device):
    """train_epoch: the loss, a mean over samples, as a float"""
    for criterion in ("CrossEntropyLoss", "MultiMarginLoss"):
        figures(student, device, 0, criterion)


@points(0.5)
def test_accuracy(student, device):
    """train_epoch: the accuracy, a fraction of samples, as a float"""
    figures(student, device, 1, "CrossEntropyLoss")


@points(0.5)
def test_training_moves(student, device):
    """train_epoch: model and batches are moved to the device"""
    spec, data = cases.plain(3), cases.draw(40, 11, 4, 3)
    model, criterion, optimizer = parts(student, spec)
    before = student.probe.state(model)
    where = cases.watched(device)
    _, events = student.watching(where).train_epoch(
        model, data.loader(student), criterion, optimizer, device=where
    )
    if not changed(before, student.probe.state(model)):
        fail("does not change the parameters")
    expect_moved(events, ("moved", "the images"), ("model_moved", "the model"))
    expect_labels_moved(events)


@points(0.5)
def test_evaluate_accuracy(student, device):
    """evaluate: the fraction of all samples that are classified rightly, as a float"""
    for classes, right, batch_size in (
        (3, UNEVEN, 5),
        (4, "110010111", 4),
        (2, "0111", 3),
        (5, "1" * 6, 4),
        (3, "0" * 5, 2),
        (7, "0010000100", 10),
    ):
        spec = cases.plain(classes)
        data = cases.draw_with_score(cases.oracle(spec, 3), 50, map(int, right), batch_size)
        model = model_on(student, spec, device)
        got = student.evaluate(model, data.loader(student), device=device)
        expect_number(got, right.count("1") / len(right), hint="is it right / all, over all samples?")
    expect_unchanged(student)


@points(0.5)
def test_evaluate_mode(student, device):
    """evaluate: in eval mode, whatever the mode was before"""
    for spec in (cases.normed(4), cases.dropping(4)):
        data = cases.draw_with_score(cases.oracle(spec, 3), 60, map(int, "101111011110"), 4)
        for training in (False, True):
            model = model_on(student, spec, device, training)
            got = cases.number(student.evaluate(model, data.loader(student), device))
            before = f"in {'train' if training else 'eval'} mode before"
            hint = f"for a model with BatchNorm or Dropout, {before}; is it in eval mode while it predicts?"
            expect_number(got, 9 / 12, hint=hint)


@points(0.5)
def test_evaluate_changes_nothing(student, device):
    """evaluate: no parameter and no buffer changes"""
    for training in (False, True):
        spec = cases.normed(3)
        data, right = scored(spec)
        model = model_on(student, spec, device, training)
        student.probe.read(model, "head")  # watched, too
        before, reported = student.probe.state(model), student.probe.parameters(model)
        got, events = student.watching().evaluate(model, data.loader(student), device=device)
        expect_use(got, right, events)
        if student.probe.parameters(model) != reported:
            fail("changed what requires gradients: the model cannot be trained as before")
        names = changed(before, student.probe.state(model))
        if names:
            fail(
                f"changed the model's {' and '.join(map('`{}`'.format, names[:3]))}: evaluating must leave "
                "everything as it was (BatchNorm updates its buffers at each pass in train mode)"
            )


@points(0.5)
def test_evaluate_without_gradients(student, device):
    """evaluate: no gradients are tracked"""
    spec = cases.plain(3)
    data, right = scored(spec)
    model = model_on(student, spec, device, training=False)
    student.probe.read(model, "head")  # watched, too
    got, events = student.watching().evaluate(model, data.loader(student), device=device)
    expect_use(got, right, events)
    if any(event["grad"] for event in events if event["what"] == "forward"):
        fail("lets PyTorch track gradients while it evaluates, which costs time and memory for nothing")
    model.to("cpu")  # where what is sent arrives
    logits = model(data.images)
    if isinstance(logits, torch.Tensor) and not logits.requires_grad:
        fail("leaves gradients switched off for good: nothing can be trained after an evaluation")


@points(0.5)
def test_evaluate_moves(student, device):
    """evaluate: batches are moved to the device"""
    spec = cases.plain(3)
    data, right = scored(spec)
    model = model_on(student, spec, device, training=False)
    where = cases.watched(device)
    got, events = student.watching(where).evaluate(model, data.loader(student), device=where)
    expect_use(got, right, events)
    expect_moved(events, ("moved", "the images"))
    expect_labels_moved(events)


def parts(student, spec, criterion=("CrossEntropyLoss", {}), optimizer=("SGD", {"lr": 0.5}), part=None):
    """A model, a criterion and an optimizer, all in the student's process."""
    model = student.probe.model(spec, seed=3)
    optimized = model if part is None else student.probe.read(model, part)
    name, options = criterion
    kind, settings = optimizer
    return (
        model,
        student.probe.criterion(name, **options),
        student.probe.optimizer(optimized, kind, **settings),
    )


def expect_training(
    student,
    device,
    spec,
    data,
    *,
    criterion=("CrossEntropyLoss", {}),
    optimizer=("SGD", {"lr": 0.5}),
    part=None,
    training=True,
    epochs=1,
    hint,
):
    """Some epochs must leave the parameters as the oracle leaves its own."""
    model, *tools = parts(student, spec, criterion, optimizer, part)
    loader = data.loader(student)
    if not training:
        student.probe.train(model, False)
    for _ in range(epochs):
        student.train_epoch(model, loader, *tools, device=device)
    twin = cases.oracle(spec, 3)
    own_criterion = getattr(nn, criterion[0])(**criterion[1])
    optimized = twin if part is None else twin.get_submodule(part)
    own_optimizer = getattr(torch.optim, optimizer[0])(optimized.parameters(), **optimizer[1])
    for _ in range(epochs):
        cases.train(twin, data, own_criterion, own_optimizer)
    cases.expect_parameters(
        student.probe.state(model), cases.parameters(twin), tolerance=3 * FLOAT32[device], hint=hint
    )


def figures(student, device, which, criterion):
    """The loss (which = 0) or the accuracy (1) of epochs that change nothing and of one that does."""
    what, tolerance = ("loss", "accuracy")[which], FLOAT32[device]
    for classes, right, batch_size in ((3, UNEVEN, 5), (4, "110010111", 4), (2, "011010", 6)):
        spec = cases.plain(classes)
        twin = cases.oracle(spec, 3)
        data = cases.draw_with_score(twin, 70, map(int, right), batch_size)
        model, *tools = parts(student, spec, (criterion, {}), ("SGD", {"lr": 0.0}))
        got = pair(student.train_epoch(model, data.loader(student), *tools, device=device))[which]
        expected = cases.measure(twin, data, getattr(nn, criterion)())[which]
        expect_number(got, expected, what=what, tolerance=tolerance, hint=WEIGHING)
    spec = cases.plain(3)
    twin, data = cases.oracle(spec, 3), cases.draw(80, 13, 5, 3)
    model, *tools = parts(student, spec, (criterion, {}))
    got = pair(student.train_epoch(model, data.loader(student), *tools, device=device))[which]
    own = getattr(nn, criterion)()
    during = cases.train(twin, data, own, torch.optim.SGD(twin.parameters(), lr=0.5))[which]
    after = cases.measure(twin, data, own)[which]
    hint = "it is to be measured during the epoch or right after it"
    expect_number(got, during, after, what=what, tolerance=tolerance, hint=hint)


def pair(got):
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        fail(f"returned {describe(got)}; two floats are expected, `loss, accuracy`")
    return got


def model_on(student, spec, device, training=True):
    """A model that is on the device already: that `evaluate` moves it is not asked for."""
    model = student.probe.model(spec, seed=3)
    if not training:
        student.probe.train(model, False)
    if device != "cpu":
        model.to(device)
    return model


def scored(spec):
    """Data in equal batches, and the accuracy on them."""
    right = "110101001"
    data = cases.draw_with_score(cases.oracle(spec, 3), 90, map(int, right), 3)
    return data, right.count("1") / len(right)


def expect_use(got, right, events):
    """The model was used: it was seen, or the result is right."""
    if not any(event["what"] == "forward" for event in events):
        expect_number(cases.number(got), right, hint="does the model see the images?")


def expect_moved(events, *kinds):
    for key, what in kinds:
        if any(event.get(key) is not True for event in events if event["what"] == "forward"):
            fail(f"passes the images through the model, but has not moved {what} to `device`")


def expect_labels_moved(events):
    for event in events:
        if event["what"] in ("loss", "compare") and event.get("moved") is not True:
            fail(
                "leaves the labels where they are, while the logits are on `device`: move them there, too, "
                "before the two meet"
            )
