# Ada solved everything, in her own style.


class SimpleRNNCell:
    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        rng = np.random.default_rng() if rng is None else rng
        self.hidden_size = hidden_size
        # one matrix for all that goes into the state; W_xh and W_hh are its two parts
        into_state = rng.normal(scale=0.1, size=(hidden_size, input_size + hidden_size))
        self.W_xh, self.W_hh = into_state[:, :input_size], into_state[:, input_size:]
        self.W_hy = rng.normal(scale=0.1, size=(output_size, hidden_size))
        self.b_h, self.b_y = np.zeros(hidden_size), np.zeros(output_size)

    def step(self, x, h):
        return np.tanh(self.W_xh @ x + self.W_hh @ h + self.b_h)

    def forward_sequence(self, xs, h0=None):
        states = [np.zeros(self.hidden_size) if h0 is None else np.asarray(h0, dtype=float)]
        for x in xs:
            states.append(self.step(x, states[-1]))
        return np.stack(states)

    def outputs(self, states):
        return np.einsum("oh,th->to", self.W_hy, states[1:]) + self.b_y


def bptt(cell, xs, states, grad_states):
    deltas = np.zeros(grad_states.shape)  # gradients before tanh
    later = np.zeros(cell.hidden_size)
    for t in reversed(range(len(xs))):
        deltas[t] = (grad_states[t] + later) * (1 - states[t + 1] ** 2)
        later = deltas[t] @ cell.W_hh
    return {"W_xh": deltas.T @ xs, "W_hh": deltas.T @ states[:-1], "b_h": deltas.sum(axis=0)}


def gradient_norms(cell, states):
    norms, product = [], np.eye(cell.hidden_size)
    for h in states[:0:-1]:
        product = product @ ((1 - h**2)[:, None] * cell.W_hh)
        norms.append(np.linalg.norm(product))
    return np.array(norms[::-1])


def clip_by_global_norm(grads, max_norm):
    if max_norm <= 0:
        raise ValueError(f"max_norm is {max_norm}; it must be positive")
    everything = np.concatenate([np.ravel(grad) for grad in grads.values()]).astype(float)
    norm = np.linalg.norm(everything)
    if norm <= max_norm:
        return grads, norm
    return {name: np.asarray(grad, dtype=float) * (max_norm / norm) for name, grad in grads.items()}, norm


ANSWER = "Each step back multiplies by W_hh transposed and 1 - h^2; both can shrink a gradient, only the first can make it grow."
