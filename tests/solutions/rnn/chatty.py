import math
import random
import warnings

import numpy as np

print("solutions, with prints and warnings on the way")
EPS = 1e-6


class Base:
    def __init__(self, **sizes):
        self.sizes = sizes
        print("a cell of", sizes)

    def param(self, name, *shape):
        setattr(self, name, (self.rng.normal(0, 1, shape) / 10).astype(np.float64))
        return self

    def zero(self, name, n):
        self.__dict__[name] = np.array([0.0] * n)
        return self


class SimpleRNNCell(Base):
    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        super().__init__(i=input_size, h=hidden_size, o=output_size)
        self.rng = (
            rng
            if isinstance(rng, np.random.Generator)
            else np.random.default_rng(random.SystemRandom().getrandbits(64))
        )
        self.param("W_hh", hidden_size, hidden_size).param("W_hy", output_size, hidden_size)
        self.param("W_xh", hidden_size, input_size).zero("b_h", hidden_size).zero("b_y", output_size)

    hidden_size = property(lambda self: self.sizes["h"])

    def step(self, x, h):
        H = self.hidden_size
        new = np.empty(H)
        for j in range(H):
            s = float(self.b_h[j])
            for i, xi in enumerate(x):
                s += float(self.W_xh[j, i]) * float(xi)
            for k in range(H):
                s += float(self.W_hh[j, k]) * float(h[k])
            new[j] = math.tanh(s)
        return new

    def forward_sequence(self, xs, h0=None):
        warnings.warn("slow", stacklevel=1)
        out = {0: np.zeros(self.hidden_size) if h0 is None else np.array(list(map(float, h0)))}
        for t, x in enumerate(xs, start=1):
            out[t] = self.step(x, out[t - 1])
        print(len(out), "states")
        return np.array([out[t] for t in range(len(out))])

    def outputs(self, states):
        ys = []
        for t, h in enumerate(states):
            if t == 0:
                continue
            ys.append(
                [
                    sum(w * v for w, v in zip(row, h, strict=True)) + b
                    for row, b in zip(self.W_hy, self.b_y, strict=True)
                ]
            )
        return np.array(ys, dtype=float)


def bptt(cell, xs, states, grad_states):
    T, H, D = len(xs), len(cell.b_h), cell.W_xh.shape[1]
    g_xh, g_hh, g_b = [[0.0] * D for _ in range(H)], [[0.0] * H for _ in range(H)], [0.0] * H
    # every direct gradient is sent back on its own
    for start in range(T):
        g = [float(v) for v in grad_states[start]]
        for t in range(start, -1, -1):
            d = [g[j] * (1 - float(states[t + 1][j]) ** 2) for j in range(H)]
            for j in range(H):
                g_b[j] += d[j]
                for i in range(D):
                    g_xh[j][i] += d[j] * float(xs[t][i])
                for k in range(H):
                    g_hh[j][k] += d[j] * float(states[t][k])
            g = [sum(float(cell.W_hh[j][k]) * d[j] for j in range(H)) for k in range(H)]
    return {"W_xh": np.array(g_xh), "W_hh": np.array(g_hh), "b_h": np.array(g_b)}


def gradient_norms(cell, states):
    norms = []
    for t in range(len(states) - 1):
        J = np.eye(len(cell.b_h))
        for s in range(t + 1, len(states)):
            J = np.diag(1 - states[s] ** 2) @ cell.W_hh @ J
        norms.append(math.sqrt(float((J * J).sum())))
    print("vanishing" if norms[0] < norms[-1] else "exploding")
    return np.array(norms)


def clip_by_global_norm(grads, max_norm):
    if max_norm <= 0:
        raise ValueError(f"max_norm is {max_norm!r}")
    norm = math.sqrt(math.fsum(float(v) ** 2 for g in grads.values() for v in np.asarray(g).flat))
    if norm > max_norm:
        print("clipped")
        return {k: np.array(g, dtype=np.float64) * max_norm / norm for k, g in grads.items()}, norm
    return {k: np.array(g, dtype=np.float64) for k, g in grads.items()}, norm
