"""What the graders of 02-cnn share: small networks as specs, images, and torch as the oracle, in float64."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from grader.checking import Student, fail
from grader.checking.student import StudentObject
from grader.checking.tensors import expect_tensor
from grader.kernel.probes import build, numbers

# Images to train on are 4 × 4: every check but the trial is about what is done, not about how much.


def plain(classes: int, *tail: Any) -> dict[str, Any]:
    """A network that computes the same in train mode and in eval mode; (N, 1, 4, 4) → (N, classes)."""
    head = ["Linear", 8, classes]
    return {"body": [["Flatten"], ["Linear", 16, 8], ["Tanh"]], "head": [head, *tail] if tail else head}


def normed(classes: int) -> dict[str, Any]:
    """A network with BatchNorm, whose buffers `numbers` sets far from what the images have.

    No bias stands before it: its gradient would be zero but for rounding, and Adam makes a step of that.
    """
    body = [["Conv2d", 1, 4, 3, {"padding": 1, "bias": False}], ["BatchNorm2d", 4], ["Tanh"], ["Flatten"]]
    return {"body": body, "head": ["Linear", 64, classes]}


def dropping(classes: int) -> dict[str, Any]:
    """A network whose Dropout drops everything in train mode."""
    body = [["Flatten"], ["Linear", 16, 8], ["Tanh"], ["Dropout", 1.0]]
    return {"body": body, "head": ["Linear", 8, classes]}


@dataclass(frozen=True)
class Data:
    """Images (N, 1, side, side), float32, and labels (N,), that come in batches of `batch_size`."""

    images: Tensor
    labels: Tensor
    batch_size: int

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches, in float64."""
        return zip(
            self.images.double().split(self.batch_size), self.labels.split(self.batch_size), strict=True
        )

    def loader(self, student: Student) -> StudentObject:
        """A loader of these batches, in this order, in the student's process."""
        return student.probe.loader(self.images, self.labels, batch_size=self.batch_size)


def images(seed: int, count: int, side: int = 4, scale: float = 1.0, middle: float = 0.0) -> Tensor:
    """Normally distributed images (count, 1, side, side)."""
    generator = torch.Generator().manual_seed(seed)
    return middle + scale * torch.randn(count, 1, side, side, generator=generator)


def draw(seed: int, count: int, batch_size: int, classes: int) -> Data:
    """Images with any labels: bright and of strong contrast, unlike BatchNorm's buffers."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(classes, (count,), generator=generator)
    return Data(images(seed + 1, count, scale=2.0, middle=1.0), labels, batch_size)


def draw_with_score(model: nn.Module, seed: int, right: Iterable[int], batch_size: int) -> Data:
    """Images with labels that `model`, in eval mode, predicts rightly where `right` is 1."""
    right = torch.tensor(list(right), dtype=torch.bool)
    pictures = images(seed, len(right), scale=2.0, middle=1.0)
    logits = predict(model, pictures)
    return Data(pictures, torch.where(right, logits.argmax(1), logits.argmin(1)), batch_size)


def oracle(spec: Any, seed: int) -> nn.Module:
    """What `probe.model(spec, seed=seed)` is in the student's process, in float64."""
    model = build(spec)
    numbers(model, seed)
    return model.double()


def restored(spec: Any, state: Any) -> nn.Module:
    """The model that `state` (`probe.state`) was taken from, in float64."""
    model = build(spec)
    try:
        model.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError):
        fail("leaves a model with other parameters or buffers than it had")
    return model.double()


def train(
    model: nn.Module, data: Data, criterion: nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[float, float]:
    """One epoch; returns mean loss and accuracy, measured during it."""
    model.train()
    losses = hits = 0.0
    for inputs, targets in data:
        optimizer.zero_grad()
        logits = model(inputs)
        loss = criterion(logits, targets)
        loss.backward()
        optimizer.step()
        losses += loss.item() * len(targets)
        hits += (logits.argmax(1) == targets).sum().item()
    return losses / len(data.labels), hits / len(data.labels)


@torch.no_grad()
def measure(model: nn.Module, data: Data, criterion: nn.Module) -> tuple[float, float]:
    """Mean loss and accuracy as they are, in eval mode."""
    model.eval()
    logits = model(data.images.double())
    hits = logits.argmax(1) == data.labels
    return criterion(logits, data.labels).item(), hits.double().mean().item()


@torch.no_grad()
def predict(model: nn.Module, pictures: Tensor) -> Tensor:
    """Logits in eval mode."""
    return model.eval()(pictures.double())


def parameters(model: nn.Module) -> dict[str, Tensor]:
    """The parameters by name, in float32, detached."""
    return {name: parameter.detach().float() for name, parameter in model.named_parameters()}


def expect_parameters(
    got: Any, expected: dict[str, Tensor], tolerance: float, hint: str, share: float = 1.0
) -> None:
    """`got` (`probe.state`) must hold these parameters, within ± tolerance; see `distance` for `share`.

    hint: the likely cause if it does not.
    """
    off = distance(got, expected, share)
    name = max(off, key=lambda each: off[each])
    if off[name] > tolerance:
        fail(f"leaves other parameters than it should, `{name}` most of all: {hint}")


def distance(got: Any, expected: dict[str, Tensor], share: float = 1.0) -> dict[str, float]:
    """How far the elements of each parameter in `got` (`probe.state`) are from the expected ones at most.

    share: of the elements that are looked at, the nearest ones.
    """
    if not isinstance(got, dict):
        fail("leaves a model that has no parameters any more")
    for name, tensor in expected.items():
        expect_tensor(got.get(name), tensor, what=f"`{name}`", tolerance=math.inf)
    return {
        name: (got[name].detach() - tensor).abs().flatten().quantile(share).item()
        for name, tensor in expected.items()
    }


def number(value: Any) -> Any:
    """A tensor with one number as a float, where some other check is about that; anything else as it is."""
    return value.item() if isinstance(value, Tensor) and value.numel() == 1 else value


def watched(device: str) -> str:
    """The device to hand over where moves are watched: see `grader.kernel.watching`."""
    return "cpu:0" if device == "cpu" else device


# SimpleCNN

SIMPLE: dict[str, Any] = {
    "features": [
        ["Conv2d", 1, 16, 3, {"padding": 1}],
        ["ReLU"],
        ["MaxPool2d", 2],
        ["Conv2d", 16, 32, 3, {"padding": 1}],
        ["ReLU"],
        ["MaxPool2d", 2],
    ],
    "classifier": [["Flatten"], ["Linear", 2048, 128], ["ReLU"], ["Linear", 128, 10]],
}


def simple_shapes(classes: int) -> dict[str, list[tuple[int, ...]]]:
    """The shapes of the parameters of `features` and `classifier`."""
    return {
        "features": [(16, 1, 3, 3), (16,), (32, 16, 3, 3), (32,)],
        "classifier": [(128, 2048), (128,), (classes, 128), (classes,)],
    }


def simple_values(classes: int, seed: int) -> list[Tensor]:
    """A value for each parameter, in the order of `simple_shapes`; biases count as much as weights do."""
    generator = torch.Generator().manual_seed(seed)
    shapes = [shape for part in simple_shapes(classes).values() for shape in part]
    return [
        torch.randn(shape, generator=generator)
        * (0.5 if len(shape) == 1 else 1.5 / math.sqrt(math.prod(shape[1:])))
        for shape in shapes
    ]


def simple_cnn(pictures: Tensor, values: list[Tensor]) -> Tensor:
    """The logits of a SimpleCNN with these parameters."""
    conv1, bias1, conv2, bias2, linear1, bias3, linear2, bias4 = values
    maps = functional.max_pool2d(functional.conv2d(pictures, conv1, bias1, padding=1).relu(), 2)
    maps = functional.max_pool2d(functional.conv2d(maps, conv2, bias2, padding=1).relu(), 2)
    hidden = functional.linear(maps.flatten(1), linear1, bias3).relu()
    return functional.linear(hidden, linear2, bias4)


# Counting and receptive fields


def count(shapes: Iterable[tuple[int, ...]]) -> int:
    """How many elements tensors of these shapes have together."""
    return sum(math.prod(shape) for shape in shapes)


def receptive_field(layers: Iterable[tuple[int, int]]) -> int:
    """From one output pixel back to all input pixels that reach it."""
    pixels = {0}
    for kernel, stride in reversed(list(layers)):
        pixels = {stride * pixel + tap for pixel in pixels for tap in range(kernel)}
    return max(pixels) - min(pixels) + 1


# Feature maps


def hooked(model: nn.Module, pictures: Tensor, layer: str) -> Tensor:
    """What a submodule gives in eval mode, in float32."""
    outputs: list[Tensor] = []
    hook: Callable = lambda module, inputs, output: outputs.append(output)  # noqa: E731
    handle = model.get_submodule(layer).register_forward_hook(hook)
    predict(model, pictures)
    handle.remove()
    return outputs[0].float()
