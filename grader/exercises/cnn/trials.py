"""What a training achieves: see `grader.checking.calibration`."""

from __future__ import annotations

import functools
from typing import Any, Final

import torch
from torch import Tensor

from grader.checking import Student
from grader.checking.calibration import Trial
from grader.checking.tensors import accuracy
from grader.exercises import shapes
from grader.exercises.cnn import cases

KINDS: Final = list(shapes.KINDS)[:10]
NETWORK: Final[dict[str, Any]] = {
    "features": [
        ["Conv2d", 1, 8, 3, {"padding": 1}],
        ["BatchNorm2d", 8],
        ["ReLU"],
        ["MaxPool2d", 2],
        ["Conv2d", 8, 16, 3, {"padding": 1}],
        ["BatchNorm2d", 16],
        ["ReLU"],
        ["MaxPool2d", 2],
    ],
    "classifier": [["Flatten"], ["Linear", 256, 64], ["ReLU"], ["Linear", 64, 10]],
}


def fit_accuracy(student: Student, seed: int, device: str) -> float:
    """Train the network with the student's `fit`; its accuracy on images that the student has not got."""
    (images, labels), validation, (unseen, answers) = data(seed)
    model = student.probe.model(NETWORK, seed=seed)
    train_loader = student.probe.loader(images, labels, batch_size=50, shuffle=True, seed=seed)
    val_loader = student.probe.loader(*validation, batch_size=100)
    student.probe.seed(seed)
    student.fit(model, train_loader, val_loader, epochs=8, lr=5e-3, device=device)
    trained = cases.restored(NETWORK, student.probe.state(model))
    return accuracy(cases.predict(trained, unseen), answers)


def linear_accuracy(student: Student, seed: int, device: str) -> float:
    """What a linear model on pixels makes of the same images."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    (images, labels), _, (unseen, answers) = data(seed)
    scaler = StandardScaler().fit(images.flatten(1).numpy())
    model = LogisticRegression(C=0.01, max_iter=500)
    model.fit(scaler.transform(images.flatten(1).numpy()), labels.numpy())
    return float(model.score(scaler.transform(unseen.flatten(1).numpy()), answers.numpy()))


@functools.lru_cache(maxsize=4)  # a class is asked with one seed
def data(seed: int) -> list[tuple[Tensor, Tensor]]:
    """Images to train on, to validate with, and unseen ones."""
    return [draw(count, 3 * seed + part) for part, count in enumerate((1500, 200, 1000))]


def draw(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Images (count, 1, 16, 16) and labels (count,) of the ten kinds."""
    images, labels = shapes.draw(
        KINDS, count, seed, side=16, radius=(5.0, 7.0), shift=(-1.5, 1.5), noise=0.05, turn=8
    )
    return torch.from_numpy(images), torch.from_numpy(labels)


TRIALS: Final = {"fit": Trial("accuracy on 1,000 unseen images", fit_accuracy, linear_accuracy)}
