"""What the graders of 06-capstone share: trainings whose course is known beforehand, oracles."""

from __future__ import annotations

import contextlib
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from grader.checking import StudentRaised, fail
from grader.checking.expect import describe
from grader.checking.student import Student, StudentFunction, StudentObject
from grader.checking.tensors import accuracy
from grader.kernel.probes import build

# ---------------------------------------------------------------- training that follows a script

BATCH = 4  # of training images
STEP = 1e-3  # the learning rate that `fit` has by default
FEATURES = 12  # values of an image, 3 × 2 × 2
MEAN = 1e-3  # of the second value, where there is a BatchNorm layer
SCALE = 5.0  # weight of the first value in the logit of class 1


@dataclass(frozen=True)
class Script:
    """A linear model and images for which the validation accuracy of every epoch is known beforehand.

    All training images have label 0, so whatever they show, each step moves the bias of class 0 up and
    those of the others down, and Adam moves them by the learning rate. In time, validation images flip
    from class 1 to class 0, each in the epoch that its first value says, always half an epoch away from
    the next: clipped gradients and the like make no difference.
    """

    spec: Any
    state: dict[str, torch.Tensor]
    train: tuple[torch.Tensor, torch.Tensor]
    val: tuple[torch.Tensor, torch.Tensor]
    steps: int  # batches of an epoch

    def send(self, student: Student) -> tuple[StudentObject, StudentObject, StudentObject]:
        """The model, the training loader and the validation loader, made in the student's process."""
        return (
            student.probe.model(self.spec, state=self.state),
            student.probe.loader(*self.train, batch_size=BATCH),
            # A power of 2, so that however accuracies are summed up, equal ones come out equal.
            student.probe.loader(*self.val, batch_size=4 if len(self.val[0]) < 100 else 1024),
        )

    def accuracy(self, state: Any) -> float:
        """The validation accuracy of the model in this state."""
        model = build(self.spec)
        expect_state(state, model)
        return accuracy(logits(model, state, self.val[0]), self.val[1])

    def epochs(self, state: Any) -> float:
        """How many epochs the model in this state has been trained."""
        expect_state(state, build(self.spec))
        bias = next(tensor for name, tensor in state.items() if name.endswith(".bias"))
        return float(bias[0] - bias[1]) / (2 * STEP * self.steps)


def script(
    correct: Sequence[int], of: int = 18, *, steps: int = 2, lr: float = STEP, norm: bool = False
) -> Script:
    """The script in which `correct[e]` of the `of` validation images are right after epoch e.

    Where it goes down by more than the first of these numbers, the same number is added to all of them.
    norm: whether there is a BatchNorm layer in front (it changes nothing, but has buffers).
    """
    rng = np.random.default_rng(len(correct) + of)
    changes = np.diff(correct)
    falls = int(-changes[changes < 0].sum())
    images: list[tuple[float, int]] = []  # the epoch after which it is taken for class 0, and the label
    for epoch, change in enumerate(changes, start=1):
        images += [(epoch, 0 if change > 0 else 1)] * abs(int(change))
    images += [(0, 0)] * (correct[0] - falls)  # right from the first epoch on
    assert len(images) <= of
    images += [(0, 2)] * (of - len(images))  # never right
    rng.shuffle(images)
    flips, labels = np.array(images).T
    spread = np.sqrt(4 / 3 + 1e-5) if norm else 1.0
    values = torch.zeros(of, FEATURES)
    # After epoch e, the bias of class 0 is ahead by 2 · lr · steps · (e + 1).
    values[:, 0] = torch.from_numpy(2 * lr * steps * (flips + 0.5) / SCALE * spread)
    train = torch.zeros(BATCH * steps, FEATURES)
    weight = torch.zeros(3, FEATURES)
    weight[1, 0] = SCALE
    layers: list[Any] = [["Flatten"], ["Linear", FEATURES, 3]]
    state = {"1.weight": weight, "1.bias": torch.zeros(3)}
    if norm:
        layers.insert(1, ["BatchNorm1d", FEATURES, {"affine": False}])
        # Two values keep their running variances; the second has a mean to get used to, too small to matter.
        train[:, 0] = torch.tensor([1.0, -1.0, 1.0, -1.0]).repeat(steps)
        train[:, 1] = torch.tensor([1.0, 1.0, -1.0, -1.0]).repeat(steps) + MEAN
        variance = torch.ones(FEATURES)
        variance[:2] = 4 / 3
        state = {
            "1.running_mean": torch.zeros(FEATURES),
            "1.running_var": variance,
            "1.num_batches_tracked": torch.tensor(0),
            "2.weight": weight,
            "2.bias": torch.zeros(3),
        }
    return Script(
        layers,
        state,
        (train.reshape(-1, 3, 2, 2), torch.zeros(len(train), dtype=torch.int64)),
        (values.reshape(-1, 3, 2, 2), torch.from_numpy(labels.astype(np.int64))),
        steps,
    )


def expect_state(state: Any, model: nn.Module) -> None:
    """`state` must fit the model, with finite numbers."""
    right = model.state_dict()
    if not isinstance(state, dict) or state.keys() != right.keys():
        fail("afterwards the model has other parameters or buffers than before")
    for name, tensor in state.items():
        if not isinstance(tensor, torch.Tensor) or tensor.shape != right[name].shape:
            fail(f"afterwards the model's {name} is {describe(tensor)}")
        if not torch.isfinite(tensor).all():
            fail(f"afterwards the model's {name} has values that are not finite (NaN or infinity)")


def logits(model: nn.Module, state: dict[str, torch.Tensor], images: torch.Tensor) -> torch.Tensor:
    """What the model says in this state, in eval mode, in float64."""
    model.load_state_dict(state)
    model.double().eval()
    with torch.no_grad():
        return model(images.double())


def train(
    model: nn.Module, batches: Sequence[tuple[torch.Tensor, torch.Tensor]], epochs: int, lr: float
) -> None:
    """Adam and cross-entropy."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(epochs):
        for images, labels in batches:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()


# ---------------------------------------------------------------- histories

LISTS = ("train_loss", "train_acc", "val_loss", "val_acc")


@dataclass(frozen=True)
class History:
    """What `fit` returned, with numbers in it."""

    train_loss: list[float]
    train_acc: list[float]
    val_loss: list[float]
    val_acc: list[float]
    best_epoch: int


def read_history(got: Any, best: bool = True) -> History:
    """The history, if it has the promised form; without `best`, best_epoch is not looked at, and −1."""
    if not isinstance(got, dict):
        fail(f"returned {describe(got)}; a dict is expected")
    for name in (*LISTS, "best_epoch") if best else LISTS:
        if name not in got:
            fail(f"the history has no entry {name!r}")
    lists = [_numbers(got[name], name) for name in LISTS]
    lengths = {name: len(each) for name, each in zip(LISTS, lists, strict=True)}
    if len(set(lengths.values())) != 1 or not lists[0]:
        said = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        fail(f"the lists of the history have different lengths, or none ({said}); one entry an epoch")
    number = _plain(got["best_epoch"]) if best else -1
    if isinstance(number, bool) or not isinstance(number, numbers.Integral):
        fail(f"history['best_epoch'] is {describe(number)}; an int is expected")
    return History(*lists, int(number))


def _numbers(values: Any, name: str) -> list[float]:
    if isinstance(values, np.ndarray) and values.ndim == 1:
        values = list(values)
    if not isinstance(values, (list, tuple)):
        fail(f"history[{name!r}] is {describe(values)}; a list is expected")
    plain = [_plain(value) for value in values]
    for value in plain:
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            fail(f"history[{name!r}] contains {describe(value)}; numbers are expected")
        if not abs(value) < 1e100:
            fail(f"history[{name!r}] contains {value!s:.20}; finite numbers are expected")
    return [float(value) for value in plain]


def _plain(value: Any) -> Any:
    """A number for a tensor or an array of one: nobody said that it must be a float."""
    if isinstance(value, (torch.Tensor, np.ndarray)) and value.ndim == 0:
        return value.item()
    return value


# ---------------------------------------------------------------- CapstoneCNN

PARAMETERS = 155_171  # at 3 classes, says the contract
SHAPES = {
    "first convolution": (16, 3, 3, 3),
    "second convolution": (32, 16, 3, 3),
    "third convolution": (64, 32, 3, 3),
    "first linear layer": (128, 1024),
}


def forward(parameters: Sequence[torch.Tensor], images: torch.Tensor) -> torch.Tensor:
    """Logits for weights and biases in the order of the layers."""
    functional = nn.functional
    pairs = list(zip(parameters[::2], parameters[1::2], strict=True))
    maps = images
    for weight, bias in pairs[:3]:
        maps = functional.max_pool2d(functional.relu(functional.conv2d(maps, weight, bias, padding=1)), 2)
    (weight, bias), (last_weight, last_bias) = pairs[3:]
    hidden = functional.relu(functional.linear(maps.flatten(1), weight, bias))
    return functional.linear(hidden, last_weight, last_bias)


def draw_parameters(num_classes: int, seed: int) -> list[torch.Tensor]:
    """Weights and biases in the order of the layers."""
    rng = np.random.default_rng(seed)
    drawn = []
    for shape in (*SHAPES.values(), (num_classes, 128)):
        fan_in = int(np.prod(shape[1:]))
        drawn.append(rng.normal(0, (2 / fan_in) ** 0.5, shape))
        drawn.append(rng.normal(0, 0.2, shape[0]))
    return [torch.from_numpy(each.astype(np.float32)) for each in drawn]


# ---------------------------------------------------------------- calls


def try_all(function: StudentFunction, calls: Sequence[tuple]) -> None:
    """Make these calls, whatever they raise: together they tell which mistake has been made."""
    for arguments in calls:
        with contextlib.suppress(StudentRaised):
            function(*arguments)


# ---------------------------------------------------------------- matrices


def expect_floats(got: Any, expected: np.ndarray, what: str, epsilon: str) -> None:
    """`got` must be an array of floats equal to `expected`, up to the rounding of its dtype.

    epsilon: the name of the mistake that makes all values a trace too small.
    """
    if not isinstance(got, np.ndarray):
        fail(f"{what} is {describe(got)}; a NumPy array is expected")
    if got.dtype.kind != "f":
        fail(f"{what} is an array of dtype {got.dtype}; floats are expected")
    if got.shape != expected.shape:
        fail(f"{what} is an array of shape {got.shape}; {expected.shape} is expected")
    for index, (value, right) in enumerate(zip(got.tolist(), expected.tolist(), strict=True)):
        _expect_close(value, right, got.dtype, f"{what}[{index}]", epsilon)


def expect_float(got: Any, expected: float, epsilon: str) -> None:
    """`got` must be a number equal to `expected`, up to the rounding of its dtype."""
    if isinstance(got, (bool, np.bool_)) or not isinstance(got, numbers.Real):
        fail(f"returned {describe(got)}; a float is expected")
    if not abs(got) < 1e100:
        fail(f"returned {got!s:.20}; a finite number is expected, and 0 for what is undefined")
    _expect_close(float(got), expected, np.asarray(got).dtype, "the result", epsilon)


def _expect_close(value: float, right: float, dtype: np.dtype, what: str, epsilon: str) -> None:
    # An epsilon of 1e-12 in a denominator shows; rounding does not.
    tolerance = 1e-13 if dtype.itemsize > 4 else 1e-6
    if not np.isfinite(value):
        fail(f"{what} is {value}; what is undefined counts as 0")
    error = abs(value - right)
    if error > tolerance:
        side = "large" if value > right else "small"
        if error < 3e-6:
            fail(f"{what} is {value:.15g}, which is a trace too {side}", epsilon)
        fail(f"{what} is {value:.9g}, which is too {side}")
