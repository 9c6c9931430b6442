import functools
import itertools

import numpy as np


class SimpleRNNCell:
    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        rng = rng or np.random.default_rng()
        self.hidden_size = int(hidden_size)
        shapes = {
            "W_hy": (output_size, hidden_size),
            "W_xh": (hidden_size, input_size),
            "W_hh": (hidden_size,) * 2,
        }
        for name, shape in shapes.items():
            setattr(self, name, np.reshape([rng.normal(0, 0.1) for _ in range(shape[0] * shape[1])], shape))
        for name in "hy":
            setattr(self, "b_" + name, np.zeros(hidden_size if name == "h" else output_size))

    def step(self, x, h):
        return np.tanh(self.W_xh.dot(x) + self.W_hh.dot(h) + self.b_h)

    def forward_sequence(self, xs, h0=None):
        start = np.zeros(self.hidden_size) if h0 is None else h0
        walk = itertools.accumulate(xs, lambda h, x: self.step(x, h), initial=start)
        return np.array(list(walk), dtype=np.float64)

    def outputs(self, states):
        return np.array([self.W_hy.dot(h) + self.b_y for h in states[1:]])


def bptt(cell, xs, states, grad_states):
    def back(t):
        """Gradient before the tanh of step t, and the three sums from t on."""
        if t == len(xs):
            nothing = np.zeros(cell.W_hh.shape[0])
            return nothing, np.zeros(cell.W_xh.shape), np.zeros(cell.W_hh.shape), nothing
        nxt, in_xh, in_hh, in_b = back(t + 1)
        mine = (grad_states[t] + nxt @ cell.W_hh) * (1 - np.square(states[t + 1]))
        return mine, in_xh + mine[:, None] * xs[t], in_hh + mine[:, None] * states[t], in_b + mine

    _, W_xh, W_hh, b_h = back(0)
    return {"W_xh": W_xh, "W_hh": W_hh, "b_h": b_h}


def gradient_norms(cell, states):
    jacobians = [np.diag(1 - h.astype(float) ** 2) @ cell.W_hh for h in states[1:]]
    whole = [functools.reduce(np.matmul, jacobians[t:][::-1]) for t in range(len(jacobians))]
    return np.array([np.sqrt(np.trace(J.T @ J)) for J in whole])


def clip_by_global_norm(grads, max_norm):
    if max_norm <= 0:
        raise ValueError("`max_norm` > 0 is needed")

    def square(arrays):
        if not arrays:
            return 0.0
        return np.sum(np.square(arrays[0], dtype=np.float64)) + square(arrays[1:])

    norm = square(list(grads.values())) ** 0.5
    if norm > max_norm:
        return {key: np.true_divide(value, norm) * max_norm for key, value in grads.items()}, norm
    return dict(grads), norm
