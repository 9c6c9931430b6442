import numpy as np


class SimpleRNNCell:
    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        if rng is None:
            rng = np.random.default_rng()
        self.hidden_size = hidden_size
        self.W_xh = rng.normal(0.0, 0.1, (hidden_size, input_size))
        self.W_hh = rng.normal(0.0, 0.1, (hidden_size, hidden_size))
        self.b_h = np.zeros(hidden_size)
        self.W_hy = rng.normal(0.0, 0.1, (output_size, hidden_size))
        self.b_y = np.zeros(output_size)

    def step(self, x, h):
        return np.tanh(self.W_xh @ x + self.W_hh @ h + self.b_h)

    def forward_sequence(self, xs, h0=None):
        states = np.zeros((len(xs) + 1, self.hidden_size))
        if h0 is not None:
            states[0] = h0
        for t in range(len(xs)):
            states[t + 1] = self.step(xs[t], states[t])
        return states

    def outputs(self, states):
        return states[1:] @ self.W_hy.T + self.b_y


def bptt(cell, xs, states, grad_states):
    grads = {
        "W_xh": np.zeros_like(cell.W_xh),
        "W_hh": np.zeros_like(cell.W_hh),
        "b_h": np.zeros_like(cell.b_h),
    }
    later = np.zeros(cell.hidden_size)
    for t in range(len(xs) - 1, -1, -1):
        before_tanh = (grad_states[t] + later) * (1 - states[t + 1] ** 2)
        grads["W_xh"] += np.outer(before_tanh, xs[t])
        grads["W_hh"] += np.outer(before_tanh, states[t])
        grads["b_h"] += before_tanh
        later = cell.W_hh.T @ before_tanh
    return grads


def gradient_norms(cell, states):
    T = len(states) - 1
    norms = np.zeros(T)
    jacobian = np.eye(cell.hidden_size)
    for t in range(T - 1, -1, -1):
        jacobian = jacobian @ (np.diag(1.0 - states[t + 1] ** 2) @ cell.W_hh)
        norms[t] = np.linalg.norm(jacobian)
    return norms


def clip_by_global_norm(grads, max_norm):
    if max_norm <= 0:
        raise ValueError(f"max_norm has to be positive, got {max_norm}")
    norm = np.sqrt(sum(np.sum(np.asarray(g, dtype=float) ** 2) for g in grads.values()))
    if norm <= max_norm:
        return grads, norm
    return {name: g * (max_norm / norm) for name, g in grads.items()}, norm
