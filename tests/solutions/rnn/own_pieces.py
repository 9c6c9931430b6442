from dataclasses import dataclass, field

import numpy as np

# Small functions that are used everywhere; a dataclass makes the cell; the pieces call each other.


def slope(h):
    return 1 - np.asarray(h, dtype=np.float64) ** 2


def advance(W_xh, W_hh, b_h, x, h):
    return np.tanh(W_xh @ x + W_hh @ h + b_h)


@dataclass(eq=False)
class SimpleRNNCell:
    input_size: int
    hidden_size: int
    output_size: int = 1
    rng: np.random.Generator = None
    W_xh: np.ndarray = field(init=False)
    W_hh: np.ndarray = field(init=False)
    b_h: np.ndarray = field(init=False)
    W_hy: np.ndarray = field(init=False)
    b_y: np.ndarray = field(init=False)

    def __post_init__(self):
        rng = self.rng if self.rng is not None else np.random.default_rng()
        self.W_xh = rng.normal(loc=0, scale=1e-1, size=(self.hidden_size, self.input_size))
        self.W_hy = rng.normal(loc=0, scale=1e-1, size=(self.output_size, self.hidden_size))
        self.W_hh = rng.normal(loc=0, scale=1e-1, size=(self.hidden_size, self.hidden_size))
        self.b_h, self.b_y = map(np.zeros, (self.hidden_size, self.output_size))

    def step(self, x, h):
        return advance(self.W_xh, self.W_hh, self.b_h, x, h)

    def states(self, xs, h):
        yield h
        for x in xs:
            h = self.step(x, h)
            yield h

    def forward_sequence(self, xs, h0=None):
        return np.stack(
            [*self.states(xs, np.zeros(self.hidden_size) if h0 is None else h0.astype(np.float64))]
        )

    def outputs(self, states):
        return np.apply_along_axis(self.readout, 1, states[1:])

    def readout(self, h):
        return np.matmul(self.W_hy, h) + self.b_y


def pulled_back(cell, h, gradient):
    """From ∂/∂h_{t+1} (any leading axes) to ∂/∂h_t."""
    return (gradient * slope(h)) @ cell.W_hh


def bptt(cell, xs, states, grad_states):
    arriving = [grad_states[-1]]
    for h, direct in zip(states[:1:-1], grad_states[-2::-1], strict=True):
        arriving.append(direct + pulled_back(cell, h, arriving[-1]))
    delta = np.array(arriving)[::-1] * slope(states[1:])
    return {
        "W_xh": sum(np.multiply.outer(d, x) for d, x in zip(delta, xs, strict=True)),
        "W_hh": sum(np.multiply.outer(d, h) for d, h in zip(delta, states[:-1], strict=True)),
        "b_h": sum(delta),
    }


def gradient_norms(cell, states):
    T, H = len(states) - 1, cell.hidden_size
    back = np.zeros((T + 1, H, H))
    back[T] = np.eye(H)
    for t in range(T, 0, -1):
        back[t - 1] = pulled_back(cell, states[t], back[t])
    return np.linalg.norm(back[:-1], axis=(1, 2))


def clip_by_global_norm(grads, max_norm):
    if max_norm <= 0:
        raise ValueError("max_norm: a positive number, please")
    norm = np.linalg.norm([np.linalg.norm(np.ravel(g).astype(np.float64)) for g in grads.values()])
    factor = 1.0 if norm <= max_norm else max_norm / (norm + 1e-12)
    return {**{name: g * factor for name, g in grads.items()}}, float(norm)
