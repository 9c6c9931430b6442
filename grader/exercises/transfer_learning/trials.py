"""What a trained head has to achieve: see `grader.checking.calibration`."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

import grader
from grader.checking import Student, fail
from grader.checking.calibration import Trial
from grader.checking.tensors import accuracy, changed
from grader.exercises import shapes
from grader.exercises.transfer_learning import cases
from grader.kernel import probes

WEIGHTS = Path(grader.__file__).parents[1] / "source" / "05-transfer-learning" / "pretrained.safetensors"
KINDS = ("crescent", "corner", "tee", "star", "dots", "half")  # none of them was there in pre-training
SPEC = ["SmallResNet", {"num_classes": len(KINDS)}]
LABELLED, UNSEEN, BATCH = 48, 900, 16
EPOCHS, LR = 20, 1e-2
SCRATCH_EPOCHS = 60  # three times as many, for all of the network


@functools.lru_cache(maxsize=4)  # a class is asked with one seed
def draw(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (count, 3, 32, 32) and labels (count,) of the six kinds."""
    images, labels = shapes.draw(KINDS, count, seed, channels=3)
    return torch.from_numpy(images), torch.from_numpy(labels)


def pretrained(seed: int) -> dict[str, torch.Tensor]:
    """The state of the pre-trained network with a new head. Raises FileNotFoundError."""
    if not WEIGHTS.is_file():
        raise FileNotFoundError(
            f"{WEIGHTS} is missing; `python -m grader.exercises.transfer_learning.pretrain` makes it"
        )
    stored = load_file(WEIGHTS)
    fresh = cases.make(SPEC, seed).state_dict()
    return {name: fresh[name] if name in cases.HEAD else stored[name] for name in fresh}


def transfer(student: Student, seed: int, device: str) -> float:
    """Accuracy on unseen images after the student's `train_head` on a few labelled ones."""
    probe = student.probe
    images, labels = draw(LABELLED, 10 * seed + 1)
    model = probe.model(SPEC, state=pretrained(seed))
    probe.require_gradients(model, cases.HEAD)
    loader = probe.loader(images, labels, batch_size=BATCH, shuffle=True, seed=seed)
    probe.seed(seed)
    student.train_head(model, loader, epochs=EPOCHS, lr=LR, device=device)
    return unseen_accuracy(probe.state(model), seed)


def unseen_accuracy(state: Any, seed: int) -> float:
    """The accuracy that a network with this state has, computed here: labels never leave this process."""
    model = cases.make(SPEC, 0)
    expected = model.state_dict()
    changed(expected, state)
    for name, tensor in expected.items():
        if state[name].shape != tensor.shape or state[name].dtype != tensor.dtype:
            fail(f"left `{name}` with another shape or dtype")
        if not torch.isfinite(state[name]).all():
            fail(f"left numbers in `{name}` that are not finite")
    model.load_state_dict(state)
    images, labels = draw(UNSEEN, 10 * seed + 2)
    return accuracy(probes.predict(model, images), labels)


def scratch(student: Student, seed: int, device: str) -> float:
    """The same network, trained as a whole on the same images, from PyTorch's own initialisation."""
    probes.seed(seed)
    images, labels = draw(LABELLED, 10 * seed + 1)
    model = probes.model(SPEC)
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    loader = probes.loader(images, labels, batch_size=BATCH, shuffle=True, seed=seed)
    for _ in range(SCRATCH_EPOCHS):
        for batch, targets in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(batch), targets).backward()
            optimizer.step()
    return unseen_accuracy(model.state_dict(), seed)


TRIALS = {
    "train_head": Trial(
        f"accuracy on {UNSEEN} unseen images after training the head on {LABELLED} labelled ones; "
        f"baseline: the whole network, trained from scratch on the same for {SCRATCH_EPOCHS} epochs",
        transfer,
        scratch,
    )
}
