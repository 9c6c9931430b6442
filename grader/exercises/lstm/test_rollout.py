"""Grader of lstm/rollout: the same network, fed step by step in float64, is the oracle."""

import torch

from grader.checking import CheckFailed, StudentRaised, expect_unchanged, fail, points
from grader.checking.tensors import expect_tensor
from grader.exercises.lstm import cases

SPEC = cases.forecaster(6)
DROPPING = cases.forecaster(6, dropout=1.0)  # in train mode, drops all that its LSTM says
TOLERANCE = 1e-4  # errors add up from step to step


@points(1)
def test_forecast(student):
    """Each prediction becomes the newest value of the window, the oldest is dropped"""
    for seed, (look_back, steps) in enumerate(((4, 3), (5, 12), (2, 6), (1, 5), (8, 2), (3, 30), (6, 1))):
        model, twin, window = start(student, seed, look_back)
        got = student.rollout(model, window, steps)
        expect_tensor(got, cases.rollout(twin, window, steps), tolerance=TOLERANCE)
    model, twin, window = start(student, 8, 5, offset=2.5)  # far outside −1 … 1
    expect_tensor(student.rollout(model, window, 6), cases.rollout(twin, window, 6), tolerance=TOLERANCE)


@points(0.5)
def test_shape(student):
    """A tensor (steps,), also for one step, for many and for none"""
    for look_back, steps in ((4, 3), (4, 1), (1, 1), (2, 40), (4, 0), (1, 0)):
        model, twin, window = start(student, 10 + steps, look_back)
        try:
            got = student.rollout(model, window, steps)
        except StudentRaised as error:
            fail(str(error), mistake=None if steps else "fails_without_steps")
        expect_tensor(got, torch.zeros(steps), tolerance=float("inf"))
        expect_tensor(got[:1], cases.rollout(twin, window, steps)[:1], what="the first prediction")


@points(0.5)
def test_mode(student):
    """In eval mode; the model's mode is as before afterwards"""
    for training in (True, False):
        mode = "train" if training else "eval"
        for steps in (3, 1, 0):
            model, twin, window = start(student, 20, 4, DROPPING, training)
            before = student.probe.modules(model)
            got = student.rollout(model, window, steps)
            try:
                expect_tensor(got, cases.rollout(twin, window, steps), tolerance=TOLERANCE)
            except CheckFailed as error:
                fail(
                    f"for a model with Dropout that was in {mode} mode {error}; is it in eval mode while it "
                    "predicts?"
                )
            if student.probe.modules(model) != before:
                fail(f"leaves a model that was in {mode} mode in another one")


@points(0.5)
def test_no_gradients(student):
    """No gradients are tracked"""
    for look_back, steps in ((4, 3), (1, 2)):
        model, twin, window = start(student, 30, look_back)
        got, events = student.watching().rollout(model, window, steps)
        expect_tensor(got, torch.zeros(steps), tolerance=float("inf"), detached=True)
        expect_tensor(got[:1], cases.rollout(twin, window, 1), what="the first prediction")
        if any(event["grad"] for event in events if event["what"] == "forward"):
            fail("lets PyTorch track gradients while it predicts, which costs time and memory for nothing")
        if not all(each["requires_grad"] for each in student.probe.parameters(model)):
            fail("takes `requires_grad` from the model's parameters", mistake="freezes_the_model")
        if not model(window[None]).requires_grad:
            fail("switches gradients off for good: `with torch.no_grad():` ends by itself")


@points(0.5)
def test_window_stays(student):
    """The window stays as it was"""
    for look_back, steps in ((5, 3), (3, 7), (1, 2), (4, 0)):
        model, twin, window = start(student, 40, look_back)
        got = student.rollout(model, window, steps)
        expect_tensor(got, torch.zeros(steps), tolerance=float("inf"))
        expect_tensor(got[:1], cases.rollout(twin, window, steps)[:1], what="the first prediction")
        expect_unchanged(student)


def start(student, seed, look_back, spec=SPEC, training=False, offset=0.0):
    """A model, its twin, and a window (look_back, 1); the model's predictions are around `offset`."""
    twin = cases.oracle(spec, seed)
    state = cases.parameters(twin)
    state["fc.bias"] += offset
    twin.load_state_dict(state)
    model = student.probe.model(spec, state=state)
    student.probe.train(model, training)
    return model, twin, cases.normal(seed + 50, look_back, 1, scale=1.5)
