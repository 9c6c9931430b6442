import numpy as np
from numpy import einsum


class SimpleRNNCell:
    """Everything with Einstein's sums; draws in another order."""

    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        rng = np.random.default_rng(rng)
        i, h, o = input_size, hidden_size, output_size
        self.hidden_size = h
        self.W_hy, self.W_hh, self.W_xh = (rng.standard_normal(s) * 0.1 for s in ((o, h), (h, h), (h, i)))
        self.b_h, self.b_y = np.zeros((h,)), np.zeros((o,))

    def step(self, x, h):
        z = einsum("hi,i->h", self.W_xh, x) + einsum("hk,k->h", self.W_hh, h)
        return np.tanh(z + self.b_h)

    def forward_sequence(self, xs, h0=None):
        driven = einsum("hi,ti->th", self.W_xh, xs) + self.b_h
        h = np.zeros(self.hidden_size) if h0 is None else np.array(h0, np.float64)
        states = [h]
        for z in driven:
            states.append(np.tanh(z + einsum("hk,k->h", self.W_hh, states[-1])))
        return np.asarray(states)

    def outputs(self, states):
        return einsum("oh,th->to", self.W_hy, states[1:]) + self.b_y[None, :]


def bptt(cell, xs, states, grad_states):
    slope = 1.0 - einsum("th,th->th", states[1:], states[1:])
    delta = np.empty(states[1:].shape, dtype=np.float64)
    delta[-1] = grad_states[-1] * slope[-1]
    for t in reversed(range(len(delta) - 1)):
        delta[t] = (grad_states[t] + einsum("hk,h->k", cell.W_hh, delta[t + 1])) * slope[t]
    return {
        "W_xh": einsum("th,ti->hi", delta, xs),
        "W_hh": einsum("th,tk->hk", delta, states[:-1]),
        "b_h": einsum("th->h", delta),
    }


def gradient_norms(cell, states):
    J = einsum("th,hk->thk", 1.0 - states[1:] ** 2.0, cell.W_hh)
    products = [J[-1]]
    for each in J[-2::-1]:
        products.append(einsum("ab,bc->ac", products[-1], each))
    P = np.stack(products[::-1])
    return np.sqrt(einsum("tab,tab->t", P, P))


def clip_by_global_norm(grads, max_norm):
    if not max_norm > 0:
        raise ValueError("max_norm must be > 0")
    squares = [
        einsum("i,i->", flat, flat) for flat in (np.ravel(g).astype(np.float64) for g in grads.values())
    ]
    norm = float(np.sqrt(np.sum(squares)))
    factor = min(1.0, max_norm / norm) if norm else 1.0
    return {k: einsum(",...->...", factor, v) for k, v in grads.items()}, norm
