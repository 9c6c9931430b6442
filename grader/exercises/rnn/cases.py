"""What the graders of 03-rnn share: weights and sequences to try, and torch as the oracle."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from grader.checking import Student, StudentRaised
from grader.checking.oracle import remembered
from grader.checking.student import CheckFailed, StudentObject

Weights = dict[str, np.ndarray]  # W_xh, W_hh and b_h


def normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Normally distributed float64 values."""
    return rng.normal(size=shape)


def draw_weights(
    rng: np.random.Generator, input_size: int, hidden_size: int, scale: float = 0.6, biased: bool = True
) -> Weights:
    """Weights that keep tanh between its linear part and saturation; biases of zero if not `biased`."""
    return {
        "W_xh": scale * normal(rng, hidden_size, input_size),
        "W_hh": scale * normal(rng, hidden_size, hidden_size),
        "b_h": scale * normal(rng, hidden_size) if biased else np.zeros(hidden_size),
    }


def orthogonal(rng: np.random.Generator, size: int) -> np.ndarray:
    """An orthogonal matrix: what it is multiplied with keeps its norm."""
    return np.linalg.qr(normal(rng, size, size))[0]


def layouts(array: np.ndarray) -> list[np.ndarray]:
    """The same values in C order, in Fortran order, and as a view that is neither."""
    return [array, np.asfortranarray(array), np.repeat(array, 2, axis=-1)[..., ::2]]


def call(student: Student, name: str, weights: Weights, *arrays: np.ndarray) -> tuple[Any, StudentObject]:
    """What the student's function gives for a cell with these weights, and the cell.

    The cell is not the student's own, but an object with the contract's attributes: the exercises do not
    depend on each other. A function that calls its methods gets the student's own, and depends on that.
    """
    function, (hidden_size, input_size) = getattr(student, name), weights["W_xh"].shape
    output = {"W_hy": np.full((1, hidden_size), 0.5), "b_y": np.zeros(1)}
    sizes = {"hidden_size": hidden_size, "input_size": input_size, "output_size": 1}
    plain = replace(student.probe.record(**weights, **output, **sizes), shown="cell")
    try:
        return function(plain, *arrays), plain
    except StudentRaised as error:
        if error.type_name != "AttributeError" or "SimpleNamespace" not in error.text:
            raise
        try:
            own = student.SimpleRNNCell(input_size, hidden_size)
            student.probe.overwrite(own, **weights)
        except CheckFailed:
            raise error from None
    return function(own, *arrays), own


# The oracle: torch.nn.RNNCell with these weights in float64, and autograd.


@remembered
def forward(weights: Weights, xs: np.ndarray, h0: np.ndarray | None = None) -> np.ndarray:
    """The states, (T+1, hidden)."""
    return np.stack([h.detach().numpy() for h in _forward(_module(weights), xs, h0)])


@remembered
def bptt(weights: Weights, xs: np.ndarray, h0: np.ndarray | None, grad_states: np.ndarray) -> Weights:
    """The gradients of sum(grad_states · states[1:]): their paths to h_1 … h_T are the direct ones."""
    module = _module(weights)
    states = torch.stack(_forward(module, xs, h0)[1:])
    wanted = (module.weight_ih, module.weight_hh, module.bias_ih)
    found = torch.autograd.grad(states, wanted, tensor(grad_states))
    return {name: each.numpy() for name, each in zip(("W_xh", "W_hh", "b_h"), found, strict=True)}


@remembered
def gradient_norms(weights: Weights, xs: np.ndarray, h0: np.ndarray | None = None) -> np.ndarray:
    """The Frobenius norms of the Jacobians ∂h_T/∂h_t, t = 0 … T−1."""
    states = _forward(_module(weights), xs, h0)
    rows = [torch.autograd.grad(unit, states[:-1], retain_graph=True) for unit in states[-1]]
    return torch.stack([torch.stack(row) for row in rows]).square().sum((0, 2)).sqrt().numpy()


def global_norm(grads: dict[str, np.ndarray], max_norm: float = 1.0) -> float:
    """The norm before clipping, by torch's clip_grad_norm_."""
    return float(nn.utils.clip_grad_norm_(_with_gradients(grads), max_norm))


def clip(grads: dict[str, np.ndarray], max_norm: float) -> dict[str, np.ndarray]:
    """The clipped gradients, by torch's clip_grad_norm_ without its difference from the contract.

    torch divides by norm + 1e-6. That avoids 0/0, but small gradients come out too small, and those
    whose norm is max_norm exactly are scaled, too, by a little.
    """
    parameters = _with_gradients(grads)
    norm = float(nn.utils.clip_grad_norm_(parameters, max_norm))
    if norm <= max_norm:
        return grads
    undone = (norm + 1e-6) / norm
    return {name: undone * each.grad.numpy() for name, each in zip(grads, parameters, strict=True)}


def tensor(array: np.ndarray) -> torch.Tensor:
    """A float64 copy: nothing that is sent to a student is shared with the oracle."""
    return torch.tensor(array, dtype=torch.float64)


def _module(weights: Weights) -> nn.RNNCell:
    hidden_size, input_size = weights["W_xh"].shape
    module = nn.utils.skip_init(nn.RNNCell, input_size, hidden_size, dtype=torch.float64)
    module.load_state_dict(
        {
            "weight_ih": tensor(weights["W_xh"]),
            "weight_hh": tensor(weights["W_hh"]),
            "bias_ih": tensor(weights["b_h"]),
            "bias_hh": torch.zeros(hidden_size, dtype=torch.float64),  # torch has two biases, one is enough
        }
    )
    return module


def _forward(module: nn.RNNCell, xs: np.ndarray, h0: np.ndarray | None) -> list[torch.Tensor]:
    first = torch.zeros(module.hidden_size, dtype=torch.float64) if h0 is None else tensor(h0)
    states = [first.requires_grad_()]
    for x in tensor(xs):
        states.append(module(x, states[-1]))
    return states


def _with_gradients(grads: dict[str, np.ndarray]) -> list[nn.Parameter]:
    parameters = [nn.Parameter(tensor(each)) for each in grads.values()]
    for parameter, each in zip(parameters, grads.values(), strict=True):
        parameter.grad = tensor(each)
    return parameters
