from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Back-propagation as one linear system: (I − S) δ = direct, where S couples each step with the next.

Array = NDArray[np.float64]


class SimpleRNNCell:
    __slots__ = ("W_hh", "W_hy", "W_xh", "b_h", "b_y", "hidden_size", "last")

    def __init__(
        self, input_size: int, hidden_size: int, output_size: int = 1, rng: np.random.Generator | None = None
    ) -> None:
        rng = np.random.default_rng() if rng is None else rng
        numbers = rng.normal(0, 0.1, hidden_size * (input_size + hidden_size + output_size))
        cut = np.split(numbers, np.cumsum([hidden_size * input_size, hidden_size**2]))
        self.W_xh = cut[0].reshape(hidden_size, -1)
        self.W_hh = cut[1].reshape(hidden_size, -1)
        self.W_hy = cut[2].reshape(output_size, -1)
        self.b_h = np.zeros(hidden_size)
        self.b_y = np.zeros(output_size)
        self.hidden_size = hidden_size
        self.last: Array | None = None

    def step(self, x: Array, h: Array) -> Array:
        total = self.b_h.copy()
        total += np.inner(self.W_xh, x)
        total += np.inner(self.W_hh, h)
        return np.tanh(total, out=total)

    __call__ = step

    def forward_sequence(self, xs: Array, h0: Array | None = None) -> Array:
        self.last = np.zeros(self.hidden_size) if h0 is None else h0 * 1.0
        states = [self.last]
        for x in xs:
            self.last = self(x, self.last)
            states.append(self.last)
        return np.row_stack(states) if hasattr(np, "row_stack") else np.vstack(states)

    def outputs(self, states: Array) -> Array:
        return np.tensordot(states, self.W_hy, axes=(1, 1))[1:] + self.b_y


def _jacobians(cell, states):
    return (1 - states[1:] ** 2)[:, :, None] * cell.W_hh


def bptt(cell, xs, states, grad_states):
    T, H = grad_states.shape
    coupling = np.eye(T * H).reshape(T, H, T, H)
    for t, J in enumerate(_jacobians(cell, states)):
        if t:
            coupling[t - 1, :, t] -= J.T
    arriving = np.linalg.solve(coupling.reshape(T * H, T * H), np.ravel(grad_states)).reshape(T, H)
    delta = arriving * (1 - states[1:] ** 2)
    return {"W_xh": delta.T @ xs, "W_hh": delta.T @ states[:-1], "b_h": delta.sum(axis=0)}


def gradient_norms(cell, states):
    chain = np.eye(cell.hidden_size)
    norms = []
    for J in reversed(_jacobians(cell, states)):
        chain = chain @ J
        norms += [np.sqrt((np.linalg.svd(chain, compute_uv=False) ** 2).sum())]
    return np.flipud(norms)


def clip_by_global_norm(grads, max_norm):
    if max_norm <= 0:
        raise ValueError("max_norm must be positive")
    norm = np.hypot.reduce([np.linalg.norm(np.asarray(g, float)) for g in grads.values()])
    with np.errstate(divide="ignore"):
        scale = np.minimum(1.0, max_norm / norm)
    return {name: np.multiply(g, scale) for name, g in grads.items()}, norm
