"""Grader of lstm/train_lstm.

Whether batches are shuffled is free. So what is compared number by number has all samples in one batch, or
equal samples in several. Gradients are shorter than 1 there: who clips them loses nothing, and who changes
the learning rate from epoch to epoch does well with the bounds that longer trainings get.
"""

from grader.checking import expect_unchanged, fail, points
from grader.checking.calibration import SEED, threshold
from grader.checking.tensors import FLOAT32, changed, expect_number
from grader.exercises.lstm import cases
from grader.exercises.lstm.trials import TRIALS

SPEC = cases.forecaster(4)
STILL = 1e-12  # a learning rate at which nothing moves in float32
SECONDS = 40  # for a check with several trainings, which take 1 or 2 where nothing else is running
SAME, MOST = 0.2, 0.75  # steps are of the same kind if that share of them is within 0.2 · lr
UNCHANGED = "does not change the parameters of the model that it is given"


@points(0.5, seconds=SECONDS)
def test_losses(student, device):
    """`train_lstm`: one loss an epoch, the mean squared error over all samples"""
    for count, batch_size, epochs in ((13, 5, 3), (7, 64, 12), (9, 8, 2), (4, 1, 1), (12, 4, 2)):
        twin = cases.oracle(SPEC, 3)
        data = cases.draw(twin, count, count)
        data.y[count // 2] += 3  # one large error: whatever batch it is in, its weight shows
        model = student.probe.model(SPEC, seed=3)
        student.probe.seed(count)
        losses = student.train_lstm(
            model, data.X, data.y, epochs=epochs, lr=STILL, batch_size=batch_size, device=device
        )
        hint = (
            "is it a mean over all samples? The last batch may be smaller and must weigh less"
            if count % batch_size
            else "is it the mean squared error? `model(X)` and `y` both have the shape (n,)"
        )
        for loss in cases.losses_of(losses, epochs):
            expect_number(loss, data.mse(twin), what="a loss", tolerance=FLOAT32[device], hint=hint)
    data = cases.draw(twin, 3, 5, error=0.01)
    model = student.probe.model(SPEC, seed=3)
    cases.losses_of(student.train_lstm(model, data.X, data.y), 30)
    expect_progress(student, device)


@points(0.5, seconds=SECONDS)
def test_adam(student, device):
    """`train_lstm`: Adam, with the mean squared error and the given learning rate"""
    for seed, count, lr, by in ((1, 12, 0.003, 0.0), (2, 7, None, 0.0), (3, 12, 0.002, 60.0)):
        options = {} if lr is None else {"lr": lr}
        twin, data, model = start(student, seed, count, by)
        losses = student.train_lstm(model, data.X, data.y, epochs=1, device=device, **options)
        lr = lr or 0.01
        ((during, after),) = cases.train(twin, data, 1, lr)
        got = student.probe.state(model)
        expect_trained(
            got,
            twin,
            lr,
            "in one epoch of one batch makes another step than Adam does for the mean squared error; is the "
            "optimizer `torch.optim.Adam`, with the given `lr`?",
        )
        (loss,) = cases.losses_of(losses, 1)
        hint = "it is to be measured during the epoch or right after it"
        expect_number(loss, during, after, what="the loss", tolerance=1e-3, hint=hint)


@points(0.5, seconds=SECONDS)
def test_batches(student, device):
    """`train_lstm`: one step for each batch of `batch_size` samples, with its own gradients only"""
    for seed, count, batch_size, lr in (
        (6, 128, None, 0.03),
        (4, 12, 5, 0.02),
        (5, 9, 3, 0.03),
        (7, 4, 1, 0.02),
    ):
        options = {} if batch_size is None else {"batch_size": batch_size}
        twin, data, model = start(student, seed, count, equal=True)
        student.train_lstm(model, data.X, data.y, epochs=1, lr=lr, device=device, **options)
        cases.train(twin, data, 1, lr, batch_size or 64)
        given = "the default batch_size=64" if batch_size is None else f"batch_size={batch_size}"
        expect_trained(
            student.probe.state(model),
            twin,
            lr,
            f"with {count} samples and {given}, makes other steps than are expected: for every batch, the "
            "small one at the end too, clear the gradients, compute the loss, go backward, make one step",
        )


@points(0.5, seconds=SECONDS)
def test_epochs(student, device):
    """`train_lstm`: as many epochs as are asked for, all of them in train mode"""
    for epochs, settings in (
        (4, {"epochs": 4, "lr": 1e-3}),
        (9, {"epochs": 9, "lr": 1e-3}),
        (30, {"lr": 1e-3}),
    ):
        twin, data, model = start(student, 8, 6, error=1.0)
        before = cases.parameters(twin)
        student.train_lstm(model, data.X, data.y, device=device, **settings)
        steps = max(cases.distance(student.probe.state(model), before).values()) / 1e-3
        if not 0.4 * epochs < steps < 1.15 * epochs:
            asked = f"epochs={epochs}" if "epochs" in settings else "the default epochs=30"
            fail(
                f"with {asked}, lr=0.001 and one batch moves the parameters as {steps:.1f} steps would; one "
                "an epoch is expected"
            )
    expect_one_optimizer(student, device)
    # In train mode, this one drops all that its LSTM says: then nothing but the last bias can learn.
    spec = cases.forecaster(4, dropout=1.0)
    twin = cases.oracle(spec, 3)
    data = cases.draw(twin, 9, 8)
    model = student.probe.model(spec, seed=3)
    student.probe.seed(1)
    before = student.probe.state(model)
    student.train_lstm(model, data.X, data.y, epochs=3, lr=0.01, batch_size=4, device=device)
    moved = changed(before, student.probe.state(model))
    if not moved:
        fail(UNCHANGED)
    if moved != ["fc.bias"]:
        fail(
            "trains a model with Dropout in eval mode, at least part of the time: where the loss is measured "
            "in eval mode, every epoch has to begin with train mode"
        )


@points(0.5, seconds=SECONDS)
def test_moves(student, device):
    """`train_lstm`: model and data are moved to the device; X and y stay as they were"""
    _, data, model = start(student, 9, 10)
    before = student.probe.state(model)
    student.probe.seed(1)
    where = cases.watched(device)
    _, events = student.watching(where).train_lstm(
        model, data.X, data.y, epochs=2, lr=0.01, batch_size=4, device=where
    )
    if not changed(before, student.probe.state(model)):
        fail(UNCHANGED)
    expect_unchanged(student)
    for event in events:
        if event["what"] == "forward" and event.get("model_moved") is not True:
            fail("uses the model before it has moved it to `device`")
        if event["what"] == "forward" and event.get("moved") is not True:
            fail("does not move the windows to `device` before they go through the model")
        if event["what"] == "loss" and event["moved"] is not True:
            fail("leaves `y` where it is when the loss is computed: move it to `device`, too")


@points(0.5)
def test_persistence(student):
    """`persistence_mse`: the mean squared error of the last value of each window"""
    for seed, count, look_back in ((1, 8, 5), (2, 3, 2), (3, 25, 9), (4, 5, 5)):
        X, y = cases.windows(cases.series(seed, count + look_back), look_back)
        expect_persistence(student, X, y)
    expect_unchanged(student)


@points(0.5)
def test_persistence_in_any_order(student):
    """`persistence_mse`: a float, also for one window, for one value each, and for windows in any order"""
    for seed, count, look_back in ((5, 6, 4), (6, 1, 5), (7, 4, 1), (8, 1, 1), (9, 30, 3)):
        X, y = cases.normal(seed, count, look_back, 1), cases.normal(seed + 20, count)
        expect_persistence(student, X, y)
    expect_unchanged(student)


@points(1.5, seconds=120, replay=False)
def test_learns(student, device):
    """`train_lstm`: the trained model beats persistence by far on a series that it has never seen"""
    got, wanted = TRIALS["train_lstm"].measure(student, SEED, device), threshold("lstm/train_lstm")
    student.measured = got, wanted
    if got < wanted:
        than = f"{got:.0%} smaller than" if got > 0 else f"{1 - got:.3g} times"
        fail(
            f"trains a small LSTM whose mean squared error on an unseen series is {than} persistence's; it "
            f"should be at least {wanted:.0%} smaller"
        )


def expect_progress(student, device):
    """Each loss belongs to its own epoch: the first is near what it was, the last near what it is."""
    twin, data, model = start(student, 11, 12, error=1.0)
    losses = student.train_lstm(model, data.X, data.y, epochs=8, lr=0.01, device=device)
    first, *_, last = cases.losses_of(losses, 8)
    before, now = data.mse(twin), data.mse(cases.restored(SPEC, student.probe.state(model)))
    if now > 0.97 * before:
        return  # learns too little to tell, which is for other checks
    for epoch, loss, low, high in ((1, first, 0.6, 1.05), (8, last, -0.05, 0.35)):
        if not low < (loss - now) / (before - now) < high:
            fail(
                f"over 8 epochs of one batch, in which the error goes from {before:.3g} to {now:.3g}, "
                f"returns {loss:.3g} as the loss of epoch {epoch}: each loss is that of its own epoch"
            )


def start(student, seed, count, by=0.0, equal=False, error=0.2):
    """A model, its twin, and data that it does not yet predict well.

    by: makes the last bias large, and what is to be predicted with it: weight decay would show.
    equal: all samples are the same, so that batches are, too.
    """
    twin = cases.oracle(SPEC, seed)
    state = cases.parameters(twin)
    state["fc.bias"] += by
    twin.load_state_dict(state)
    data = cases.draw(twin, seed, count, error=error)
    if equal:
        data = cases.Data(data.X[:1].repeat(count, 1, 1), data.y[:1].repeat(count))
    return twin, data, student.probe.model(SPEC, state=state)


def expect_trained(got, twin, lr, problem):
    """`got` must be as the twin is; most of each parameter, by a share of the learning rate."""
    off = cases.distance(got, cases.parameters(twin), MOST)
    name = max(off, key=lambda each: off[each])
    if off[name] > SAME * lr:
        fail(f"{problem} (`{name}` is furthest off)")


def expect_one_optimizer(student, device):
    """The optimizer must not be a new one in each epoch: Adam's first step is always as long as `lr`."""
    lr, epochs = 0.02, 4
    twin, data, model = start(student, 10, 6)
    student.train_lstm(model, data.X, data.y, epochs=epochs, lr=lr, device=device)
    got, forgetful = student.probe.state(model), cases.oracle(SPEC, 10)
    cases.train(twin, data, epochs, lr)
    for _ in range(epochs):
        cases.train(forgetful, data, 1, lr)
    off, off_forgetful = (
        max(cases.distance(got, cases.parameters(each), MOST).values()) for each in (twin, forgetful)
    )
    if off_forgetful < 0.02 * lr < off:
        fail("begins every epoch as if there had been none before: make the optimizer once, before the loop")


def expect_persistence(student, X, y):
    expected = float(((y - X[:, -1, 0]).double() ** 2).mean())
    hint = "is it the mean of (y − last value of the window)²? X is (n, look_back, 1), y is (n,)"
    expect_number(student.persistence_mse(X, y), expected, hint=hint)
