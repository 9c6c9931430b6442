"""What the graders of 04-lstm share: series, windows, small networks, and torch as the oracle, in float64."""

from __future__ import annotations

import ast
import math
import numbers as kinds
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from grader.checking import fail
from grader.checking.expect import describe
from grader.checking.tensors import changed, expect_tensor
from grader.kernel.probes import build, numbers

State = tuple[Tensor, Tensor]


def normal(seed: int, *shape: int, scale: float = 1.0, dtype: torch.dtype = torch.float32) -> Tensor:
    """Normally distributed numbers."""
    generator = torch.Generator().manual_seed(seed)
    return (scale * torch.randn(shape, generator=generator, dtype=torch.float64)).to(dtype)


def entries(got: Any, names: str) -> list[Any]:
    """What a function that returns several things returned."""
    expected = names.split(", ")
    if not isinstance(got, (tuple, list)) or len(got) != len(expected):
        what = f"{describe(got)} of length {len(got)}" if isinstance(got, (tuple, list)) else describe(got)
        fail(f"returned {what}; {len(expected)} tensors are expected, `{names}`")
    return list(got)


# Windows


def series(seed: int, count: int) -> np.ndarray:
    """Numbers (count,) in float64, all different, that float32 holds without rounding, but not float16."""
    return np.random.default_rng(seed).choice(2**12 * count, count, replace=False) / 2**12 - count / 2


def windows(data: np.ndarray, look_back: int) -> tuple[Tensor, Tensor]:
    """Windows (n − look_back, look_back, 1) and what follows each (n − look_back,), in float32."""
    values = torch.from_numpy(np.array(data, np.float32))
    starts = range(len(values) - look_back)
    X = torch.stack([values[start : start + look_back] for start in starts])
    return X[..., None], torch.stack([values[start + look_back] for start in starts])


# The cell


@dataclass(frozen=True)
class Cell:
    """The arguments of one step: x (N, I), state, and the weights of an nn.LSTMCell(I, H)."""

    x: Tensor
    state: State
    weights: tuple[Tensor, ...]

    @property
    def arguments(self) -> tuple:
        return (self.x, self.state, *self.weights)

    def step(self) -> State:
        """What an nn.LSTMCell with these weights gives, in the dtype of x."""
        return lstm_cell(*[each.double() for each in self.leaves()], dtype=self.x.dtype)

    def gradients(self, by_h: Tensor, by_c: Tensor) -> list[Tensor]:
        """Gradients of sum(by_h · h + by_c · c): x, h, c, W_ih, W_hh, b_ih, b_hh."""
        leaves = [each.detach().double().requires_grad_() for each in self.leaves()]
        h, c = lstm_cell(*leaves)
        return list(torch.autograd.grad((by_h * h).sum() + (by_c * c).sum(), leaves))

    def leaves(self) -> Iterator[Tensor]:
        yield from (self.x, *self.state, *self.weights)


def cell(
    seed: int, batch: int, inputs: int, hidden: int, scale: float = 1.0, dtype: torch.dtype = torch.float64
) -> Cell:
    """Any step; `scale` is that of weights and biases."""
    weights = [(4 * hidden, inputs), (4 * hidden, hidden), (4 * hidden,), (4 * hidden,)]
    return Cell(
        normal(seed, batch, inputs, dtype=dtype),
        (normal(seed + 1, batch, hidden, dtype=dtype), normal(seed + 2, batch, hidden, dtype=dtype)),
        tuple(normal(seed + 3 + i, *shape, scale=scale, dtype=dtype) for i, shape in enumerate(weights)),
    )


def lstm_cell(x: Tensor, h: Tensor, c: Tensor, *weights: Tensor, dtype: torch.dtype = torch.float64) -> State:
    own = nn.LSTMCell(x.shape[1], h.shape[1], dtype=torch.float64)
    named = dict(zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), weights, strict=True))
    h, c = torch.func.functional_call(own, named, (x, (h, c)))
    return h.to(dtype), c.to(dtype)


#: What must not compute the step: modules of torch.nn, and functions of torch by which they do it.
LSTMS: Final = frozenset(
    "LSTM LSTMCell lstm lstm_cell quantized_lstm quantized_lstm_cell _thnn_fused_lstm_cell _cudnn_rnn "
    "mkldnn_rnn_layer".split()
)


def named_lstm(sources: Iterable[str], function: str) -> str | None:
    """What `function`, or a function or class of the notebook that it uses, takes of torch's LSTMs, if any.

    sources: the code cells. The rest of them may use what it likes.
    """
    definitions: dict[str, ast.AST] = {}
    imported: dict[str, str] = {}  # from torch: the name here, and the name there
    for tree in filter(None, map(_parse, sources)):
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                definitions[node.name] = node
            elif isinstance(node, ast.Assign) and isinstance(node.value, (ast.Name, ast.Lambda)):
                definitions.update(
                    {name.id: node.value for name in node.targets if isinstance(name, ast.Name)}
                )
        imported.update(_imported_from_torch(tree))
    seen, waiting = set(), [function]
    while waiting:
        definition = definitions.get(waiting.pop())
        if definition is None or definition in seen:
            continue
        seen.add(definition)
        names = [node for node in ast.walk(definition) if isinstance(node, ast.Name)]
        local = {node.arg for node in ast.walk(definition) if isinstance(node, ast.arg)}
        local |= {node.id for node in names if not isinstance(node.ctx, ast.Load)}
        for name in {node.id for node in names} - local:
            if name not in definitions and imported.get(name) in LSTMS:
                return name
            waiting.append(name)
        for node in ast.walk(definition):
            if isinstance(node, ast.Attribute) and node.attr in LSTMS:
                root = ast.unparse(node.value).partition(".")[0]
                if root in imported:
                    return ast.unparse(node)
    return None


def _parse(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # does not run, or has a line of IPython's own in it


def _imported_from_torch(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == "torch":
                    yield alias.asname or "torch", alias.name
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "torch":
            for alias in node.names:
                yield alias.asname or alias.name, alias.name


# Networks


def forecaster(hidden_size: int = 4, **options: Any) -> list[Any]:
    """The spec of a small network (N, T, input_size) → (N,): see `grader.kernel.recurrent`."""
    return ["Forecaster", {"hidden_size": hidden_size, **options}]


def oracle(spec: Any, seed: int) -> nn.Module:
    """What `probe.model(spec, seed=seed)` is in the student's process, in float64."""
    model = build(spec)
    numbers(model, seed)
    return model.double()


def restored(spec: Any, state: Any) -> nn.Module:
    """The model that `state` (`probe.state`) was taken from, in float64."""
    model = build(spec)
    expected = model.state_dict()
    changed(expected, state)
    for name, tensor in expected.items():
        expect_tensor(state[name], tensor, what=f"`{name}`", tolerance=math.inf)
    model.load_state_dict(state)
    return model.double()


@torch.no_grad()
def predict(model: nn.Module, X: Tensor) -> Tensor:
    """Predictions (N,) in eval mode, in float64."""
    return model.eval()(X.double())


def rollout(model: nn.Module, window: Tensor, steps: int) -> Tensor:
    """A free-running forecast (steps,), in float32."""
    values = window[:, 0].double()
    for _ in range(steps):
        values = torch.cat([values, predict(model, values[-len(window) :][None, :, None])])
    return values[len(window) :].float()


def parameters(model: nn.Module) -> dict[str, Tensor]:
    """The parameters by name, in float32, detached."""
    return {name: parameter.detach().float() for name, parameter in model.named_parameters()}


# Training


@dataclass(frozen=True)
class Data:
    """Windows X (n, look_back, 1) and what follows each, y (n,), in float32."""

    X: Tensor
    y: Tensor

    def mse(self, model: nn.Module) -> float:
        """The mean squared error of a model."""
        return functional.mse_loss(predict(model, self.X), self.y.double()).item()


def draw(model: nn.Module, seed: int, count: int, look_back: int = 5, error: float = 0.2) -> Data:
    """Windows, each followed by what `model` predicts, plus an error of that size."""
    X = normal(seed, count, look_back, 1)
    return Data(X, predict(model, X).float() + normal(seed + 1, count, scale=error))


def train(model: nn.Module, data: Data, epochs: int, lr: float, batch_size: int = 64) -> list[list[float]]:
    """Train with Adam, in order; returns the losses of each epoch, during it and right after it."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(epochs):
        model.train()
        total = 0.0
        for X, y in zip(data.X.split(batch_size), data.y.split(batch_size), strict=True):
            optimizer.zero_grad()
            loss = functional.mse_loss(model(X.double()), y.double())
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        losses.append([total / len(data.y), data.mse(model)])
    return losses


def distance(got: Any, expected: dict[str, Tensor], share: float = 1.0) -> dict[str, float]:
    """How far the elements of each parameter in `got` (`probe.state`) are from the expected ones at most.

    share: of the elements that are looked at, the nearest ones.
    """
    changed(expected, got)
    for name, tensor in expected.items():
        expect_tensor(got[name], tensor, what=f"`{name}`", tolerance=math.inf)
    return {
        name: (got[name].detach() - tensor).abs().flatten().quantile(share).item()
        for name, tensor in expected.items()
    }


def losses_of(got: Any, epochs: int) -> list[float]:
    """The losses as floats: one number an epoch is expected, in a list or the like."""
    if isinstance(got, (np.ndarray, Tensor)) and got.ndim == 1:
        got = list(got)
    if not isinstance(got, (list, tuple)):
        fail(f"returned {describe(got)}; a list of losses is expected, one an epoch")
    if len(got) != epochs:
        fail(f"returned {len(got)} losses; one for each of {epochs} epochs is expected")
    found = []
    for loss in got:
        if isinstance(loss, Tensor) and loss.requires_grad:
            fail("returned losses that still track gradients, and keep their graphs alive: use `.item()`")
        if isinstance(loss, (Tensor, np.ndarray)) and loss.ndim == 0:
            loss = loss.item()
        if isinstance(loss, bool) or not isinstance(loss, kinds.Real):
            fail(f"returned {describe(loss)} as the loss of an epoch; a float is expected")
        found.append(float(loss))
    return found


def watched(device: str) -> str:
    """The device to hand over where moves are watched: see `grader.kernel.watching`."""
    return "cpu:0" if device == "cpu" else device
