"""The training that capstone/fit is graded by: circles, crosses and stripes in colour."""

from __future__ import annotations

import functools

import numpy as np
import torch

from grader.checking import Student
from grader.checking.calibration import Trial
from grader.checking.tensors import accuracy
from grader.exercises import shapes
from grader.exercises.capstone import cases
from grader.kernel import probes

KINDS = ("disc", "ring", "plus", "times", "rows", "columns")  # what is drawn …
CLASSES = (0, 0, 1, 1, 2, 2)  # … and which class it is: circle, cross or stripes
TRAIN, VAL, TEST = 600, 120, 600  # images

#: CapstoneCNN, only narrower, and with its first pooling in front: a training of seconds.
SPEC = {
    "features": [
        *(["AvgPool2d", 2], ["Conv2d", 3, 16, 3, {"padding": 1}], ["ReLU"], ["MaxPool2d", 2]),
        *(["Conv2d", 16, 32, 3, {"padding": 1}], ["ReLU"], ["MaxPool2d", 2]),
    ],
    "classifier": [["Flatten"], ["Linear", 512, 64], ["ReLU"], ["Dropout", 0.3], ["Linear", 64, 3]],
}


def unseen(student: Student, seed: int, device: str) -> float:
    """Accuracy of a model that the student's `fit` has trained, computed here."""
    train, val, _ = data(seed)
    probe = student.probe
    probe.seed(seed)
    model = probe.model(SPEC, seed=seed)
    loaders = [
        probe.loader(*train, batch_size=30, shuffle=True, seed=seed),
        probe.loader(*val, batch_size=64),
    ]
    student.fit(model, *loaders, max_epochs=16, patience=6, lr=3e-3, device=device)
    return score(student.probe.state(model), seed)


def untrained(student: Student, seed: int, device: str) -> float:
    """Accuracy of the model as `fit` is given it."""
    return score(probes.state(probes.model(SPEC, seed=seed)), seed)


def score(state: object, seed: int) -> float:
    """Mean accuracy on new images of the same kind, and on others: channels permuted, shapes farther out."""
    model = probes.build(SPEC)
    cases.expect_state(state, model)
    _, _, tests = data(seed)
    return float(np.mean([accuracy(cases.logits(model, state, x), y) for x, y in tests]))


@functools.lru_cache(maxsize=4)  # a class is asked with one seed
def data(seed: int) -> tuple:
    """Images and labels for training, validation, and two tests."""
    x, y = draw(TRAIN + VAL, 10 * seed)
    farther, y_farther = draw(TEST, 10 * seed + 2, shift=(-6.0, 6.0))
    tests = (draw(TEST, 10 * seed + 1), (farther[:, [2, 0, 1]], y_farther))
    return (x[:TRAIN], y[:TRAIN]), (x[TRAIN:], y[TRAIN:]), tests


def draw(count: int, seed: int, **options: object) -> tuple[torch.Tensor, torch.Tensor]:
    images, kinds = shapes.draw(KINDS, count, 60_000 + seed, channels=3, noise=0.05, **options)
    # Around 0 as networks like it.
    return torch.from_numpy(4 * images - 2), torch.tensor(CLASSES)[torch.from_numpy(kinds)]


TRIALS = {"fit": Trial(f"accuracy on {2 * TEST} unseen images", unseen, untrained)}
