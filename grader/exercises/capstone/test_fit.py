"""Grader of capstone/fit.

The loaders do not shuffle, and most models follow a script (see `cases.Script`), so that what a right `fit`
does is known beforehand. Checks of early stopping hold a history to its own validation accuracies, which
another check compares with the true ones: an optimizer that is wrong costs its own points only.
"""

import numpy as np
import torch

from grader.checking import fail, points
from grader.checking.calibration import SEED, threshold
from grader.checking.tensors import expect_number, expect_tensor
from grader.exercises.capstone import cases
from grader.exercises.capstone.trials import TRIALS
from grader.kernel.probes import build, numbers

#: Right answers after each epoch, of how many, and the patience.
STOPS = (
    ((3, 5, 7, 7, 6, 7, 4, 4, 4), 18, 3),  # ties are no improvement
    ((4, 5, 5, 8, 8, 9), 18, 1),
    ((4, 6, 5, 7, 6, 8, 7, 7, 9, 9), 18, 2),  # in a row: a new best starts the count again
    ((8, 7, 6, 5, 4, 4, 4), 18, 4),  # the first epoch is the best
    ((0, 0, 0, 0, 1), 18, 2),  # and even with nothing right it is better than nothing
    ((9, 10, 11, 12, 12, 12), 2**14, 1),  # the smallest improvement is one
)


@points(0.5)
def test_history(student, device):
    """The history: four lists with a number for each epoch, and the best epoch"""
    for correct, max_epochs in (((3, 5, 6), 3), ((4, 6), 1), ((6, 4, 5, 7), 4)):
        model, *loaders = cases.script(correct).send(student)
        history = cases.read_history(
            student.fit(model, *loaders, max_epochs=max_epochs, patience=9, device=device)
        )
        if len(history.val_acc) != max_epochs:
            fail(
                f"has {len(history.val_acc)} entries in its history; max_epochs={max_epochs} is expected to "
                "end this training, since patience does not run out"
            )
        if history.best_epoch != (best := int(np.argmax(history.val_acc))):
            fail(
                f"says that best_epoch is {history.best_epoch} after validation accuracies of "
                f"{listed(history.val_acc)}; counted from 0, it is {best}"
            )


@points(0.5)
def test_training_figures(student, device):
    """Training loss and accuracy: means over all samples"""
    spec = [["Flatten"], ["Linear", 12, 3]]
    (images, labels), val = uneven(spec, right=(4, 3, 0)), uneven(spec, right=(2, 2, 1))
    history = figures(student, device, spec, (images, labels), val)
    loss, right = expected_figures(spec, images, labels)
    for got in history.train_loss:
        expect_number(
            got,
            loss,
            what="a training loss",
            tolerance=1e-4,
            hint="the mean over all samples is expected, not over batches",
        )
    for got in history.train_acc:
        expect_number(
            got,
            right,
            what="a training accuracy",
            tolerance=1e-6,
            hint="the fraction of all samples is expected",
        )


@points(0.5)
def test_validation_figures(student, device):
    """Validation loss and accuracy: means over all samples, in eval mode"""
    spec = [["Flatten"], ["Dropout", 0.5], ["Linear", 12, 3]]
    train = uneven(spec, right=(2, 2, 1))
    for right in ((4, 4, 0), (0, 3, 2)):
        images, labels = uneven(spec, right)
        history = figures(student, device, spec, train, (images, labels))
        loss, accuracy = expected_figures(spec, images, labels)
        for got in history.val_loss:
            expect_number(
                got,
                loss,
                what="a validation loss",
                tolerance=1e-4,
                hint="the mean over all samples is expected, in eval mode",
            )
        for got in history.val_acc:
            expect_number(
                got,
                accuracy,
                what="a validation accuracy",
                tolerance=1e-6,
                hint="the fraction of all samples is expected",
            )


@points(0.5)
def test_first_step(student, device):
    """One step of Adam on the cross-entropy, with the learning rate given, for all parameters"""
    spec = {
        "features": [["Conv2d", 3, 4, 3, {"padding": 1}], ["ReLU"], ["MaxPool2d", 2]],
        "classifier": [["Flatten"], ["Linear", 36, 8], ["Tanh"], ["Linear", 8, 3]],
    }
    rng = np.random.default_rng(21)
    images, labels = torch.from_numpy(rng.normal(size=(6, 3, 6, 6)).astype(np.float32)), torch.arange(6) % 3
    for lr in (0.02, 0.0005):
        model = student.probe.model(spec, seed=21)
        loaders = [student.probe.loader(images, labels, batch_size=6) for _ in range(2)]
        student.fit(model, *loaders, max_epochs=1, lr=lr, device=device)
        here = build(spec)
        numbers(here, 21)
        before = {name: tensor.clone() for name, tensor in here.state_dict().items()}
        here.double()
        cases.train(here, [(images.double(), labels)], 1, lr)
        after = student.probe.state(model)
        cases.expect_state(after, here)
        for name, parameter in here.named_parameters():
            sure = parameter.grad.abs() > 1e-3  # of its sign; Adam makes much even of rounding errors
            moved, expected = (each - before[name] for each in (after[name], parameter.detach()))
            if not moved.any():
                fail(f"has not moved {name} at all")
            wrong = (moved - expected).abs()[sure] > 0.1 * lr
            if wrong.any():
                fail(
                    f"after one step of Adam with lr={lr}, {int(wrong.sum())} of {wrong.numel()} values of "
                    f"{name} are not where they should be: on average they moved by {moved.abs().mean():.2g}"
                )


@points(0.5)
def test_steps(student, device):
    """A step of Adam for each batch, with the gradients of this batch, and none for the validation set"""
    lr = 0.01
    script = drifting(steps=6, lr=lr)
    # The fourth value is seen in validation only, the fifth nowhere, but its weights are large.
    script.val[0].reshape(-1, cases.FEATURES)[:, 3] = 1e-4
    script.state["1.weight"][:, 4] = 100.0
    model, *loaders = script.send(student)
    student.fit(model, *loaders, max_epochs=1, lr=lr, device=device)
    after, right = student.probe.state(model), oracle(script, lr)
    cases.expect_state(after, build(script.spec))
    weight = after["1.weight"]
    if weight[:, 3].any():
        small = weight[:, 3].abs().max() < 100 * lr
        fail(
            "has changed weights that only the validation images have a use for: is it trained on them, too?",
            "TrainsOnValidation" if small else None,
        )
    unused = (weight[:, 4] - 100).abs().max().item() / lr
    if unused > 0.2:
        fail(f"has moved large weights that no image has a use for by up to {unused:.2g} · lr")
    off = apart(after, right) / lr
    if off > 0.2:
        fail(
            f"after six steps of Adam with lr={lr}, the parameters are up to {off:.2g} · lr away from where "
            "they should be: is there one step for each batch, with its own gradients only?"
        )
    # Several epochs: it is enough that nobody makes a new optimizer for each.
    script = drifting(steps=2, lr=lr, correct=(3, 5, 7))
    model, *loaders = script.send(student)
    student.fit(model, *loaders, max_epochs=3, lr=lr, device=device)
    after = student.probe.state(model)
    cases.expect_state(after, build(script.spec))
    afresh = oracle(script, lr, epochs=3, afresh=True)
    if apart(after, afresh) < apart(after, oracle(script, lr, epochs=3)) and apart(after, afresh) < 0.1 * lr:
        fail("makes a new optimizer in every epoch", "AnOptimizerAnEpoch")


@points(0.5)
def test_modes(student, device):
    """Train mode for training, in every epoch, and eval mode for validation"""
    script = cases.script((3, 5, 8), norm=True, steps=6)
    model, *loaders = script.send(student)
    student.probe.train(model, False)
    history = student.fit(model, *loaders, max_epochs=3, device=device)
    expect_buffers(student.probe.state(model), script, history)


@points(1, seconds=30)
def test_stopping(student, device):
    """Stops when patience has run out, and not before"""
    runs = []  # all of them before any is looked at: together they tell what the mistake is
    for correct, of, patience in STOPS:
        model, *loaders = cases.script(correct, of).send(student)
        got = student.fit(model, *loaders, max_epochs=len(correct), patience=patience, device=device)
        runs.append((student.last_call, got, correct, len(correct), patience))
    for student.subject, got, *rule in runs:
        expect_stop(cases.read_history(got), *rule)
    student.subject = None
    for correct in ((5, 4, 3, 3, 3, 3), range(1, 26)):  # both defaults
        model, *loaders = cases.script(correct, of=30).send(student)
        expect_stop(cases.read_history(student.fit(model, *loaders, device=device)), correct, 20, 3)


@points(0.5)
def test_best_parameters(student, device):
    """The parameters of the best epoch are back at the end"""
    runs = []
    for correct, options in (
        ((4, 5, 8, 6, 5, 4, 3), {"patience": 3}),  # the best in the middle
        ((4, 7, 6, 5), {"max_epochs": 4, "patience": 9}),  # not stopped early
        ((7, 6, 5), {"patience": 2}),  # the first
        ((4, 6, 7), {"max_epochs": 3}),  # the last
        ((3, 6, 6, 6), {"patience": 2}),  # the first of several
        ((0, 0, 0, 0), {"patience": 2}),  # also if none is any good
    ):
        script = cases.script(correct)
        model, *loaders = script.send(student)
        history = student.fit(model, *loaders, device=device, **options)
        runs.append((student.last_call, correct, script, history, student.probe.state(model)))
    for student.subject, correct, script, history, state in runs:
        values = cases.read_history(history, best=False).val_acc
        said = f"had validation accuracies of {listed(values)}, "
        got, trained = script.accuracy(state), script.epochs(state)
        if abs(got - max(values)) > 0.01:
            fail(
                f"{said}but the model that it leaves has {got:.3g}: is the best state brought back into the "
                "model, and was it a copy?"
            )
        if trained < 0.2:
            fail(f"{said}but leaves the model as it was before the training")
        if trained > np.argmax(correct) + 1.5:
            fail(f"{said}but the model that it leaves is that of a later epoch than the first of the best")


@points(0.5)
def test_best_buffers(student, device):
    """The buffers of the best epoch are back, too"""
    for correct, options in (
        ((4, 6, 9, 5, 4, 4, 4, 3, 3, 3), {"patience": 4}),
        ((5, 8, 7, 6, 6), {"max_epochs": 5, "patience": 9}),
    ):
        script = cases.script(correct, norm=True, steps=6)
        model, *loaders = script.send(student)
        history = student.fit(model, *loaders, device=device, **options)
        expect_buffers(student.probe.state(model), script, history)


@points(0.5)
def test_device(student, device):
    """The model and every batch are moved to `device`"""
    name = "cpu:0" if device == "cpu" else device
    script = cases.script((3, 5))
    model, *loaders = script.send(student)
    _, events = student.watching(name).fit(model, *loaders, max_epochs=2, device=name)
    if not script.epochs(student.probe.state(model)):
        fail("has not trained the model at all")
    for event in events:
        if event["what"] == "forward" and event.get("model_moved") is False:
            fail(f"has not moved the model to the device {name!r} that it was told to use")
        if event["what"] == "forward" and event.get("moved") is False:
            fail(f"has not moved every batch of images to the device {name!r} that it was told to use")
        if event["what"] in ("loss", "compare") and event.get("moved") is False:
            fail(f"has not moved every batch of labels to the device {name!r} that it was told to use")


@points(0.5, seconds=120, replay=False)
def test_unseen_images(student, device):
    """The trained network is right about unseen images"""
    got, needed = TRIALS["fit"].measure(student, SEED, device), threshold("capstone/fit")
    student.measured = got, needed
    if got < needed:
        fail(f"reaches {got:.3f} ({TRIALS['fit'].what}); at least {needed:.3f} is expected")


# ---------------------------------------------------------------- what is expected


def listed(values):
    return ", ".join(f"{value:.3g}" for value in values)


def expect_stop(history, correct, max_epochs, patience):
    """The history must end where the validation accuracies say: those of the script, or its own."""
    if (len(history.val_acc), history.best_epoch) == stop(correct, max_epochs, patience):
        return
    epochs, best = stop(history.val_acc, max_epochs, patience)
    rule = f"(patience={patience}, max_epochs={max_epochs}; validation accuracies {listed(history.val_acc)})"
    if epochs is None:
        fail(f"has stopped too early, after {len(history.val_acc)} epochs {rule}")
    if len(history.val_acc) > epochs:
        fail(f"has run {len(history.val_acc)} epochs; {epochs} are expected {rule}")
    if history.best_epoch != best:
        fail(f"says that best_epoch is {history.best_epoch}; {best} is expected {rule}")


def stop(values, max_epochs, patience):
    """How many epochs are run, and which is the best; no number if these values do not end a training."""
    best = 0
    for epoch, value in enumerate(values):
        if value > values[best]:
            best = epoch
        if epoch - best == patience or epoch == max_epochs - 1:
            return epoch + 1, best
    return None, best


def expect_buffers(state, script, history):
    """BatchNorm must have seen the training batches up to the best epoch, and nothing else."""
    epochs = int(np.argmax(cases.read_history(history, best=False).val_acc)) + 1
    cases.expect_state(state, build(script.spec))
    seen = int(state["1.num_batches_tracked"])
    # Twice as many if losses are measured after the epoch in train mode, before validation or after it.
    if seen not in (epochs * script.steps, 2 * epochs * script.steps, (2 * epochs - 1) * script.steps):
        fail(
            f"leaves a BatchNorm layer that has gone through {seen} batches in train mode; the best epoch "
            f"was reached after {epochs * script.steps} training batches"
        )
    # In units of the images' mean.
    mean = state["1.running_mean"][1] / cases.MEAN
    expect_tensor(
        mean, torch.tensor(1 - 0.9**seen), what="a running mean of a BatchNorm layer", tolerance=0.01
    )


def drifting(steps, lr, correct=(5,)):
    """A script in which two values of the images change sides from batch to batch."""
    script = cases.script(correct, steps=steps, lr=lr)
    for number, images in enumerate(script.train[0].split(cases.BATCH)):
        values = images.view(len(images), -1)
        values[:, 1], values[:, 2] = ((0.3, -0.1), (-0.2, 0.3))[number % 2]
    return script


def oracle(script, lr, epochs=1, afresh=False):
    """The state after a training with Adam; afresh: with a new optimizer in every epoch."""
    model = build(script.spec)
    model.load_state_dict(script.state)
    model.double()
    images, labels = script.train
    batches = list(zip(images.double().split(cases.BATCH), labels.split(cases.BATCH), strict=True))
    for _ in range(epochs if afresh else 1):
        cases.train(model, batches, 1 if afresh else epochs, lr)
    return model.state_dict()


def apart(state, other):
    """The largest difference of the parameters that matter."""
    parts = [(each["1.bias"].double(), each["1.weight"][:, 1:3].double()) for each in (state, other)]
    return max((a - b).abs().max().item() for a, b in zip(*parts, strict=True))


def uneven(spec, right):
    """Ten images in batches of 4, 4 and 2, of which so many are right; the last batch is very different."""
    model = build(spec)
    numbers(model, 31)
    rng = np.random.default_rng(sum(right))
    images = rng.normal(size=(60, 3, 2, 2)).astype(np.float32)
    images[20:] *= 3
    said = cases.logits(model, model.state_dict(), torch.from_numpy(images)).numpy()
    order = np.sort(said, axis=1)
    clear = np.minimum(order[:, 2] - order[:, 1], order[:, 1] - order[:, 0]) > 0.2  # no answer is a near tie
    chosen = [*np.flatnonzero(clear[:20])[:8], *(20 + np.flatnonzero(clear[20:])[:2])]
    labels = said[chosen].argmin(1)
    for start, count in zip((0, 4, 8), right, strict=True):
        labels[start : start + count] = said[chosen][start : start + count].argmax(1)
    return torch.from_numpy(images[chosen]), torch.from_numpy(labels)


def expected_figures(spec, images, labels):
    """Mean loss and accuracy of the model before it is trained."""
    model = build(spec)
    numbers(model, 31)
    said = cases.logits(model, model.state_dict(), images)
    right = (said.argmax(1) == labels).double().mean().item()
    return torch.nn.functional.cross_entropy(said, labels).item(), right


def figures(student, device, spec, train, val):
    """The history of a training so slow that all its figures are those of the model as it was."""
    student.probe.seed(31)  # for dropout
    model = student.probe.model(spec, seed=31)
    loaders = [student.probe.loader(*data, batch_size=4) for data in (train, val)]
    return cases.read_history(student.fit(model, *loaders, max_epochs=2, lr=1e-7, device=device), best=False)
