import numpy as np

# The weights live in a dict; attributes come by __getattr__ and __setattr__.


class SimpleRNNCell:
    NAMES = ("W_xh", "W_hh", "b_h", "W_hy", "b_y")

    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        object.__setattr__(self, "weights", {})
        self.hidden_size = hidden_size
        source = rng
        if source is None:
            source = np.random.default_rng(np.random.SeedSequence())
        for name, rows, columns in [
            ("W_xh", hidden_size, input_size),
            ("W_hh", hidden_size, hidden_size),
            ("W_hy", output_size, hidden_size),
        ]:
            self.weights[name] = source.normal(0, 0.1, (columns, rows)).T
        self.weights.update(b_h=np.zeros(hidden_size), b_y=np.zeros(output_size))

    def __getattr__(self, name):
        if name in SimpleRNNCell.NAMES:
            return self.weights[name]
        raise AttributeError(name)

    def __setattr__(self, name, value):
        if name in self.NAMES:
            self.weights[name] = np.array(value, dtype=np.float64)
        else:
            object.__setattr__(self, name, value)

    def step(self, x, h):
        w = self.weights
        exp = np.exp(-2 * np.abs(z := w["W_xh"] @ x + w["W_hh"] @ h + w["b_h"]))
        return np.sign(z) * (1 - exp) / (1 + exp)

    def forward_sequence(self, xs, h0=None):
        states = np.full((1 + xs.shape[0], self.hidden_size), np.nan)
        states[0] = np.zeros(self.hidden_size) if h0 is None else h0
        t = 0
        while t < len(xs):
            states[t + 1, :] = self.step(xs[t], states[t])
            t += 1
        return states

    def outputs(self, states):
        return (self.W_hy @ states.T).T[1:] + self.b_y


def bptt(cell, xs, states, grad_states):
    # forwards in time: the sensitivities of h_t to every weight (real-time recurrent learning)
    H, D = cell.W_xh.shape
    to_xh, to_hh, to_b = np.zeros((H, H, D)), np.zeros((H, H, H)), np.zeros((H, H))
    grads = {"W_xh": np.zeros((H, D)), "W_hh": np.zeros((H, H)), "b_h": np.zeros(H)}
    for t in range(len(xs)):
        d = 1 - states[t + 1] ** 2
        own = np.eye(H)
        to_xh = d[:, None, None] * (np.tensordot(cell.W_hh, to_xh, 1) + own[:, :, None] * xs[t])
        to_hh = d[:, None, None] * (np.tensordot(cell.W_hh, to_hh, 1) + own[:, :, None] * states[t])
        to_b = d[:, None] * (cell.W_hh @ to_b + own)
        for name, sensitivity in (("W_xh", to_xh), ("W_hh", to_hh), ("b_h", to_b)):
            grads[name] += np.tensordot(grad_states[t], sensitivity, 1)
    return grads


def gradient_norms(cell, states):
    J = np.eye(cell.W_hh.shape[0])
    found = np.zeros(states.shape[0] - 1)
    for t in range(-1, -len(states), -1):
        J = np.linalg.multi_dot([J, np.diag(1 - states[t] ** 2), cell.W_hh])
        found[t] = np.sqrt(np.abs(J).__pow__(2).sum())
    return found


def clip_by_global_norm(grads, max_norm):
    if max_norm <= 0:
        raise ValueError(f"argument max_norm: {max_norm}")
    norm = np.sqrt(sum(np.vdot(a, a) for a in (np.array(g, dtype=np.longdouble) for g in grads.values())))
    norm = np.float64(norm)
    out = {}
    for name, g in grads.items():
        out[name] = np.array(g, dtype=np.float64)
        if norm > max_norm:
            out[name] *= max_norm / norm
    return out, norm
