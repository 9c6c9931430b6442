"""What a training achieves: see `grader.checking.calibration`."""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
from torch import Tensor
from torch.nn import functional

from grader.checking import Student
from grader.checking.calibration import Trial
from grader.exercises.lstm import cases

SPEC: Final = cases.forecaster(16)
LOOK_BACK, TRAIN, UNSEEN = 16, 500, 600  # values in a window, windows
EPOCHS, LR, BATCH = 20, 1e-2, 32
PERIODS: Final = ((5, 8), (11, 17), (24, 40))  # in steps, between these
AMPLITUDES: Final = (1.0, 0.7, 0.5)
NOISE: Final = 0.1


def learned(student: Student, seed: int, device: str) -> float:
    """Train the network with the student's `train_lstm`; the share of persistence's error that is gone."""
    (X, y), (X_unseen, y_unseen) = draw(seed)
    model = student.probe.model(SPEC, seed=seed)
    student.probe.seed(seed)
    student.train_lstm(model, X, y, epochs=EPOCHS, lr=LR, batch_size=BATCH, device=device)
    trained = cases.restored(SPEC, student.probe.state(model))
    error = functional.mse_loss(cases.predict(trained, X_unseen), y_unseen.double())
    return 1 - float(error / functional.mse_loss(X_unseen[:, -1, 0], y_unseen))


def persistence(student: Student, seed: int, device: str) -> float:
    """The same of persistence itself."""
    return 0.0


@functools.lru_cache(maxsize=4)  # a class is asked with one seed
def draw(seed: int) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Windows of a series to learn from, and of one to be tested on.

    Both are sums of waves with the same periods, but with phases and noise of their own.
    """
    rng = np.random.default_rng(seed)
    periods = rng.uniform(*zip(*PERIODS, strict=True))
    pairs = []
    for count in (TRAIN, UNSEEN):
        time = np.arange(count + LOOK_BACK)[:, None]
        waves = np.sin(2 * np.pi * (time / periods + rng.uniform(size=len(periods))))
        values = waves @ np.array(AMPLITUDES) + rng.normal(0, NOISE, len(time))
        pairs.append(cases.windows(values, LOOK_BACK))
    return pairs[0], pairs[1]


TRIALS: Final = {
    "train_lstm": Trial("share of persistence's squared error that is gone", learned, persistence)
}
