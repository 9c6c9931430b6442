"""What the graders of 05-transfer-learning share: small networks with a head called `fc`, and oracles."""

from __future__ import annotations

import numbers
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import torch
from torch import nn

from grader.checking import Student, fail
from grader.checking.expect import describe
from grader.checking.oracle import remembered
from grader.checking.student import StudentObject
from grader.kernel import probes

#: Images are (N, 3, 8, 8) for these. BatchNorm on its own and inside a block, dropout, a nested block.
BLOCKS = {
    "stem": {"conv": ["Conv2d", 3, 6, 3], "bn": ["BatchNorm2d", 6], "relu": ["ReLU"]},
    "layer1": [["Conv2d", 6, 6, 3, {"bias": False}], [["BatchNorm2d", 6], ["ReLU"]]],
    "pool": ["AdaptiveAvgPool2d", 1],
    "flatten": ["Flatten"],
    "drop": ["Dropout", 0.5],
    "fc": ["Linear", 6, 4],
}
#: Nothing in it depends on the mode.
PLAIN = {
    "stem": {"conv": ["Conv2d", 3, 6, 3], "relu": ["ReLU"]},
    "layer1": {"conv": ["Conv2d", 6, 5, 3], "relu": ["ReLU"]},
    "pool": ["AdaptiveAvgPool2d", 2],
    "flatten": ["Flatten"],
    "fc": ["Linear", 20, 4],
}
#: Layers whose names have "fc" or each other's names in them. Squeeze-and-excitation blocks have an "fc1".
NAMESAKES = {
    "flatten": ["Flatten"],
    "fc_in": ["Linear", 192, 7],
    "layer1": {"fc": ["Linear", 7, 7], "relu": ["ReLU"]},
    "layer10": {"fc1": ["Linear", 7, 7], "layer1": ["Linear", 7, 7, {"bias": False}]},
    "fc": ["Linear", 7, 4],
}
NO_BIAS = {"flatten": ["Flatten"], "body": ["Linear", 192, 5], "fc": ["Linear", 5, 3, {"bias": False}]}
SMALL = ["SmallResNet", {"num_classes": 10}]  # images (N, 3, 32, 32)
RESNET18 = ["resnet18", {"num_classes": 10}]

#: Its backbone has no biases: for black images, what the head receives is zero.
BLACK = {
    "flatten": ["Flatten"],
    "body": ["Linear", 192, 6, {"bias": False}],
    "relu": ["ReLU"],
    "fc": ["Linear", 6, 4],
}
FLAT_NORM = {
    "flatten": ["Flatten"],
    "body": {"linear": ["Linear", 192, 6], "bn": ["BatchNorm1d", 6], "relu": ["ReLU"]},
    "fc": ["Linear", 6, 4],
}

HEAD = ("fc.weight", "fc.bias")


def images(seed: int, count: int, side: int = 8) -> torch.Tensor:
    """Random images (count, 3, side, side) between 0 and 1."""
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def labels(seed: int, count: int, classes: int) -> torch.Tensor:
    """Random labels (count,)."""
    return torch.randint(0, classes, (count,), generator=torch.Generator().manual_seed(seed))


def make(spec: Any, seed: int) -> nn.Module:
    """What `probe.model(spec, seed=seed)` makes, in the grader's process."""
    return probes.model(spec, seed=seed)


@remembered
def features(spec: Any, seed: int, inputs: torch.Tensor) -> torch.Tensor:
    """Expected result of `extract_features` for what `make` makes."""
    kept = []
    model = make(spec, seed)
    model.eval()
    handle = model.fc.register_forward_pre_hook(lambda module, arguments: kept.append(arguments[0]))
    with torch.no_grad():
        model(inputs)
    handle.remove()
    return kept[0]


def names_below(model: nn.Module, *layers: str) -> set[str]:
    """The names of the parameters of these submodules."""
    return {
        f"{layer}.{name}" for layer in layers for name, _ in model.get_submodule(layer).named_parameters()
    }


def model_of(got: Any, model: StudentObject) -> StudentObject:
    """The model to look at: what was returned if that is an object, else the one that was handed over.

    That it must be the same one is a check of its own.
    """
    return got if isinstance(got, StudentObject) else model


def expect_same_model(got: Any, model: StudentObject) -> None:
    """A function has to return the very model that it was given."""
    if not isinstance(got, StudentObject):
        fail(f"returned {describe(got)}; the model is expected")
    if got != model:
        fail(
            "did not return the model that it was given, but another object (a copy, or a part of it): "
            "change the model in place and return it"
        )


def parameters(student: Student, model: StudentObject) -> dict[str, dict[str, Any]]:
    """`probe.parameters` by name."""
    return _by_name(student.probe.parameters(model), shape=tuple, requires_grad=bool)


def modules(student: Student, model: StudentObject) -> dict[str, dict[str, Any]]:
    """`probe.modules` by name."""
    return _by_name(student.probe.modules(model), type=str, training=bool)


def _by_name(rows: Any, **kinds: type) -> dict[str, dict[str, Any]]:
    kinds["name"] = str
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and all(isinstance(row.get(key), kind) for key, kind in kinds.items())
        for row in rows
    ):
        fail("left a model whose parts cannot be listed")
    return {row["name"]: row for row in rows}


def trainable(student: Student, model: StudentObject) -> set[str]:
    """The names of the parameters that require gradients."""
    return {name for name, row in parameters(student, model).items() if row["requires_grad"]}


def expect_trainable(got: Collection[str], expected: Collection[str], when: str = "") -> None:
    """Exactly the parameters of these names must require gradients.

    when: what the model was like before, for the message.
    """
    after = f" ({when})" if when else ""
    missing, surplus = sorted(set(expected) - set(got)), sorted(set(got) - set(expected))
    if missing:
        fail(f"left {listed(missing)} without gradients, which should require them{after}")
    if surplus:
        fail(f"left {listed(surplus)} requiring gradients, which should not{after}")


def listed(names: Iterable[str]) -> str:
    """Some of the names."""
    names = list(names)
    shown = ", ".join(f"`{name}`" for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def differing(before: Any, after: Any) -> list[str]:
    """The names for which two answers of `probe.digests` differ."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        fail("left a model whose parameters cannot be read")
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def shifted(spec: Any, seed: int, by: float) -> nn.Module:
    """The model with `by` added to all of the head's numbers.

    The same for every class, so cross-entropy and its gradients do not change; weight decay would show.
    """
    model = make(spec, seed)
    with torch.no_grad():
        for parameter in model.fc.parameters():
            parameter += by
    return model


def mean_loss(model: nn.Module, inputs: torch.Tensor, targets: torch.Tensor) -> float:
    """The cross-entropy, as a mean over all samples."""
    with torch.no_grad():
        return float(nn.functional.cross_entropy(model(inputs), targets))


def gradients(model: nn.Module, inputs: torch.Tensor, targets: torch.Tensor) -> dict[str, torch.Tensor]:
    """The cross-entropy's gradients by parameter name."""
    named = dict(model.named_parameters())
    loss = nn.functional.cross_entropy(model(inputs), targets)
    return dict(zip(named, torch.autograd.grad(loss, list(named.values())), strict=True))


def numbers_of(losses: Any, epochs: int) -> list[float]:
    """The losses as floats: a list of one number an epoch is expected, 0-d tensors and arrays will do."""
    if isinstance(losses, (np.ndarray, torch.Tensor)) and losses.ndim == 1:
        losses = list(losses)
    if not isinstance(losses, (list, tuple)):
        fail(f"returned {describe(losses)}; a list of losses is expected, one an epoch")
    if len(losses) != epochs:
        fail(f"returned {len(losses)} losses; one for each of {epochs} epochs is expected")
    found = []
    for loss in losses:
        if isinstance(loss, torch.Tensor) and loss.requires_grad:
            fail("returned losses that still track gradients, and keep their graphs alive: use `.item()`")
        if isinstance(loss, (torch.Tensor, np.ndarray)) and loss.ndim == 0:
            loss = loss.item()
        if isinstance(loss, bool) or not isinstance(loss, numbers.Real):
            fail(f"returned {describe(loss)} as the loss of an epoch; a float is expected")
        found.append(float(loss))
    return found
