"""Grader of cnn/fit.

Adam's first steps hardly depend on the scale of the gradients, which are small here besides. So solutions
that clip them, change the learning rate from epoch to epoch, or restore the best epoch do what is asked.
"""

import torch
from torch import nn

from grader.checking import fail, points
from grader.checking.calibration import SEED, threshold
from grader.checking.expect import describe
from grader.checking.tensors import FLOAT32, changed, expect_number
from grader.exercises.cnn import cases
from grader.exercises.cnn.trials import TRIALS

KEYS = ("train_loss", "train_acc", "val_acc")
STILL = 1e-12  # a learning rate at which nothing moves in float32
SAME, MOST = 0.2, 0.75  # steps are of the same kind if that share of them is within 0.2 · lr
UNCHANGED = "does not change the parameters of the model that it is given"
WEIGHING = "is it a mean over all samples? The last batch is smaller than the others and must weigh less"


@points(0.5)
def test_history(student, device):
    """The history: a dict of lists, one number an epoch in each"""
    train, validation = cases.draw(1, 8, 4, 3), cases.draw(2, 5, 5, 3)
    model = student.probe.model(cases.plain(3), seed=3)
    loaders = train.loader(student), validation.loader(student)
    expect_history(student.fit(model, *loaders, epochs=3, lr=0.01, device=device), 3)
    expect_history(student.fit(model, *loaders, 1, 0.01, device), 1)
    model = student.probe.model(cases.plain(3), seed=3)
    expect_history(student.fit(model, *loaders), 10)


@points(0.5)
def test_adam(student, device):
    """One step for every batch, with Adam, cross-entropy and the given learning rate"""
    for seed, count, batch_size, lr in ((3, 44, 15, 0.002), (4, 36, 12, 0.01)):
        spec, train = cases.plain(3), cases.draw(seed, count, batch_size, 3)
        train.images.mul_(0.5)  # for gradients shorter than 1
        twin = cases.oracle(spec, 3)
        state = cases.parameters(twin)
        state["head.weight"] += 20  # the same for each class: no difference but to weight decay
        twin.load_state_dict(state)
        model = student.probe.model(spec, state=state)
        validation = cases.draw(2, 5, 5, 3)
        loaders = train.loader(student), validation.loader(student)
        student.fit(model, *loaders, epochs=1, lr=lr, device=device)
        cases.train(twin, train, nn.CrossEntropyLoss(), torch.optim.Adam(twin.parameters(), lr=lr))
        got = student.probe.state(model)
        if not changed(state, got):
            fail(UNCHANGED)
        cases.expect_parameters(
            got,
            cases.parameters(twin),
            tolerance=SAME * lr,
            share=MOST,
            hint="for every batch of `train_loader`, clear the gradients, compute the cross-entropy of the "
            "logits, go backward and make one step with `torch.optim.Adam` and the given `lr`",
        )
    # Several epochs: it is enough that nobody makes a new optimizer for each.
    spec, train, lr = cases.plain(3), cases.draw(12, 12, 4, 3), 0.01
    loaders = train.loader(student), cases.draw(2, 5, 5, 3).loader(student)
    model = student.probe.model(spec, seed=3)
    student.fit(model, *loaders, epochs=3, lr=lr, device=device)
    off = []
    for afresh in (False, True):
        twin = cases.oracle(spec, 3)
        optimizer = torch.optim.Adam(twin.parameters(), lr=lr)
        for _ in range(3):
            if afresh:
                optimizer = torch.optim.Adam(twin.parameters(), lr=lr)
            cases.train(twin, train, nn.CrossEntropyLoss(), optimizer)
        off.append(max(cases.distance(student.probe.state(model), cases.parameters(twin)).values()))
    if off[1] < min(off[0], 0.1 * lr):
        fail("makes a new optimizer in every epoch", "new_optimizer_for_every_epoch")


@points(0.5)
def test_epochs_and_mode(student, device):
    """As many epochs as are asked for, each of them in train mode"""
    spec, train = cases.plain(3), cases.draw(5, 12, 12, 3)  # one step an epoch
    validation = cases.draw(6, 5, 3, 3)
    loaders = train.loader(student), validation.loader(student)
    start = cases.parameters(cases.oracle(spec, 3))
    for epochs, settings in ((4, {"epochs": 4, "lr": 1e-3, "device": device}), (10, {})):
        model = student.probe.model(spec, seed=3)
        _, events = student.watching().fit(model, *loaders, **settings)
        moved = max(cases.distance(student.probe.state(model), start).values())
        expect_epochs(epochs, events, moved / 1e-3, "epochs=4 and lr=1e-3" if settings else "its defaults")
    spec, train = cases.normed(3), cases.draw(7, 12, 4, 3)  # three steps an epoch
    loaders = train.loader(student), validation.loader(student)
    for epochs in (1, 3):
        model = student.probe.model(spec, seed=3)
        student.probe.train(model, False)
        _, events = student.watching().fit(model, *loaders, epochs=epochs, lr=0.01, device=device)
        passes = sum(event["training"] and event["grad"] for event in events if event["what"] == "forward")
        state = student.probe.state(model)
        counted = cases.number(state.get("body.1.num_batches_tracked")) if isinstance(state, dict) else None
        counted = counted if isinstance(counted, int) else 0
        if counted < 3 or max(passes, counted) < 3 * epochs:
            fail(
                "trains a model with BatchNorm without being in train mode all the time: validation switches "
                "to eval mode, so every epoch has to begin with train mode"
            )


@points(0.5)
def test_figures(student, device):
    """The figures in the history: means over samples, of the right data, after the right epoch"""
    spec, tolerance = cases.plain(3), FLOAT32[device]
    twin, cross_entropy = cases.oracle(spec, 3), nn.CrossEntropyLoss()
    train = cases.draw_with_score(twin, 10, map(int, "111110100000"), 5)
    validation = cases.draw_with_score(twin, 11, map(int, "11101111000"), 4)
    model = student.probe.model(spec, seed=3)
    loaders = train.loader(student), validation.loader(student)
    history = student.fit(model, *loaders, epochs=2, lr=STILL, device=device)
    loss, hits = cases.measure(twin, train, cross_entropy)
    _, val_hits = cases.measure(twin, validation, cross_entropy)
    for key, expected in zip(KEYS, (loss, hits, val_hits), strict=True):
        for value in entries(history, key, 2):
            expect_number(value, expected, what=f'history["{key}"]', tolerance=tolerance, hint=WEIGHING)
    train, validation = cases.draw(27, 40, 7, 3), cases.draw(28, 30, 8, 3)  # val_acc: 0.23, 0.50, 0.33
    loaders = train.loader(student), validation.loader(student)
    histories, states = [], []
    for epochs in (1, 2):
        model = student.probe.model(spec, seed=3)
        history = student.fit(model, *loaders, epochs=epochs, lr=0.05, device=device)
        histories.append({key: entries(history, key, epochs) for key in KEYS})
        states.append(student.probe.state(model))
    first, both = histories
    for key in KEYS:
        what = f'history["{key}"][0]'
        hint = "the entry of the first epoch is another one with epochs=2 than with epochs=1"
        expect_number(both[key][0], float(first[key][0]), what=what, tolerance=tolerance, hint=hint)
    own = cases.restored(spec, states[0])
    _, val_hits = cases.measure(own, validation, cross_entropy)
    hint = "is it measured on `val_loader`, after the epoch's training?"
    expect_number(first["val_acc"][0], val_hits, what='history["val_acc"][0]', hint=hint)
    # Who trains in the same way, number by number, has the same figures in every epoch.
    twin = cases.oracle(spec, 3)
    adam = torch.optim.Adam(twin.parameters(), lr=0.05)
    expected = []
    for _ in range(2):
        during = cases.train(twin, train, cross_entropy, adam)
        after = cases.measure(twin, train, cross_entropy)
        _, val_hits = cases.measure(twin, validation, cross_entropy)
        expected.append((*zip(during, after, strict=True), (val_hits,)))
    if max(cases.distance(states[1], cases.parameters(twin)).values()) > 10 * tolerance:
        return  # trained in another way: see test_adam
    for epoch, figures in enumerate(expected):
        for key, values in zip(KEYS, figures, strict=True):
            what = f'history["{key}"][{epoch}]'
            hint = "it is to be measured during this epoch or right after it"
            expect_number(both[key][epoch], *values, what=what, tolerance=10 * tolerance, hint=hint)


@points(0.5)
def test_validation(student, device):
    """Validation in eval mode: the model learns nothing from the validation set"""
    train, spec = cases.draw(14, 13, 5, 3), cases.normed(3)
    states = []
    for seed, count, batch_size in ((15, 12, 4), (16, 6, 3)):
        validation = cases.draw(seed, count, batch_size, 3)
        model = student.probe.model(spec, seed=3)
        before = student.probe.state(model)
        loaders = train.loader(student), validation.loader(student)
        history = student.fit(model, *loaders, epochs=1, lr=0.01, device=device)
        states.append(student.probe.state(model))
        if not changed(before, states[-1], ["head.weight"]):
            fail(UNCHANGED)
        own = cases.restored(spec, states[-1])
        _, expected = cases.measure(own, validation, nn.CrossEntropyLoss())
        (got,) = entries(history, "val_acc", 1)
        hint = (
            "for a model with BatchNorm; is it in eval mode for the validation, after the epoch's training?"
        )
        expect_number(got, expected, what='history["val_acc"][0]', hint=hint)
    off = changed(*states)
    if off:
        fail(
            f"with another validation set gives a model with another `{off[0]}`: the validation set is there "
            "to measure, in eval mode and without steps; nothing may be learned from it"
        )


@points(0.5)
def test_moves(student, device):
    """Model and batches are moved to the device"""
    train, validation = cases.draw(20, 10, 4, 3), cases.draw(21, 7, 4, 3)
    model = student.probe.model(cases.plain(3), seed=3)
    before = student.probe.state(model)
    loaders = train.loader(student), validation.loader(student)
    where = cases.watched(device)
    _, events = student.watching(where).fit(model, *loaders, epochs=1, lr=0.01, device=where)
    if not changed(before, student.probe.state(model)):
        fail(UNCHANGED)
    for event in events:
        if event["what"] == "forward" and event.get("model_moved") is not True:
            fail("uses the model before it has moved it to `device`")
        if event["what"] == "forward" and event.get("moved") is not True:
            purpose = "train" if event["grad"] else "validate"
            fail(f"does not move the images to `device` before they go through the model to {purpose}")
        if event["what"] in ("loss", "compare") and event.get("moved") is not True:
            fail("leaves the labels where they are, while the logits are on `device`: move them there, too")


@points(1, seconds=120, replay=False)
def test_learns(student, device):
    """Ten kinds of shapes are recognised on images that the model has never seen"""
    got, wanted = TRIALS["fit"].measure(student, SEED, device), threshold("cnn/fit")
    student.measured = got, wanted
    if got < wanted:
        fail(
            f"trains a small CNN that recognises {got:.0%} of 1,000 unseen images of ten kinds of shapes; at "
            f"least {wanted:.0%} are expected (guessing gives 10%)"
        )


def expect_history(got, epochs):
    for key in KEYS:
        entries(got, key, epochs)
        for value in got[key]:
            expect_number(value, value, what=f'an entry of history["{key}"]')


def entries(history, key, epochs):
    """The entries of one key, tensors as floats: what kind they are is for the first check."""
    if not isinstance(history, dict):
        fail(f"returned {describe(history)}; a dict is expected")
    if key not in history:
        fail(f'returned a dict without the key "{key}"; it has {", ".join(map(repr, history)) or "none"}')
    if not isinstance(history[key], list):
        fail(f'history["{key}"] is {describe(history[key])}; a list is expected')
    if len(history[key]) != epochs:
        fail(f'history["{key}"] has {len(history[key])} entries after {epochs} epochs; one each is expected')
    values = [cases.number(value) for value in history[key]]
    for value in values:
        expect_number(value, value, what=f'an entry of history["{key}"]')
    return values


def expect_epochs(epochs, events, moved, asked):
    """As many steps as epochs, which had one batch each.

    moved: how far the parameters got at most, in steps of lr; looked at where no optimizer was seen at work.
    """
    steps = [event for event in events if event["what"] == "step"]
    if steps and len(steps) != epochs:
        fail(f"with {asked} makes {len(steps)} steps on one batch an epoch, for {epochs} epochs")
    rates = {rate for event in steps for rate in event["lr"] if isinstance(rate, float)}
    if steps and not any(abs(rate - 1e-3) < 1e-5 for rate in rates):
        fail(f"with {asked} steps with a learning rate of {', '.join(f'{rate:g}' for rate in sorted(rates))}")
    if not steps and not 0.4 * epochs < moved < 1.15 * epochs:
        fail(f"with {asked} moves the parameters {moved:.1f} times as far as lr, in {epochs} steps")
