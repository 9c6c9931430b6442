"""Inputs and states are rows, weights are kept transposed; the attributes are properties without setters."""

import numpy as np


class SimpleRNNCell:
    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        rng = np.random.Generator(np.random.PCG64()) if rng is None else rng

        def draw(*shape):
            return 0.1 * rng.normal(size=shape)

        self._from_input = draw(input_size, hidden_size)
        self._from_state = draw(hidden_size, hidden_size)
        self._to_output = draw(hidden_size, output_size)
        self._biases = [np.zeros((1, hidden_size)), np.zeros((1, output_size))]

    @property
    def hidden_size(self):
        return self._from_state.shape[0]

    @property
    def W_xh(self):
        return self._from_input.T

    @property
    def W_hh(self):
        return self._from_state.T

    @property
    def W_hy(self):
        return self._to_output.T

    @property
    def b_h(self):
        return self._biases[0][0]

    @property
    def b_y(self):
        return self._biases[1][0]

    def step(self, x, h):
        row = x[None] @ self._from_input + h.reshape(1, -1) @ self._from_state + self._biases[0]
        return np.tanh(row).ravel()

    def forward_sequence(self, xs, h0=None):
        if h0 is None:
            h0 = np.zeros(self.hidden_size)
        rows = np.atleast_2d(h0.astype(float))
        for x in xs:
            rows = np.vstack([rows, self.step(x, rows[-1])])
        return rows

    def outputs(self, states):
        _, *rest = states
        return np.vstack([row[None] @ self._to_output + self._biases[1] for row in rest])


def bptt(cell, xs, states, grad_states):
    W = cell.W_hh
    total = [0.0, 0.0, 0.0]
    carry = np.zeros((1, len(cell.b_h)))
    for x, before, after, direct in zip(
        xs[::-1], states[-2::-1], states[:0:-1], grad_states[::-1], strict=True
    ):
        row = (direct[None, :] + carry) * (1 - after[None, :] ** 2)
        total[0] = total[0] + row.T @ x[None, :]
        total[1] = total[1] + row.T @ before[None, :]
        total[2] = total[2] + row[0]
        carry = row @ W
    return dict(zip(["W_xh", "W_hh", "b_h"], total, strict=True))


def gradient_norms(cell, states):
    # push all unit vectors back at once, as rows
    rows, result = np.identity(cell.hidden_size), []
    for h in np.flip(states[1:], axis=0):
        rows = (rows * (1 - h**2)) @ cell.W_hh
        result.append((rows**2).sum() ** 0.5)
    return np.array(result[::-1])


def clip_by_global_norm(grads, max_norm):
    if max_norm <= 0:
        raise ValueError("max_norm <= 0 makes no sense")
    norm = np.sqrt(np.sum([np.linalg.norm(g.astype(float)) ** 2 for g in grads.values()]))
    scale = max_norm / np.maximum(norm, max_norm)
    return {k: g * scale for k, g in grads.items()}, norm
