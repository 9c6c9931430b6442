import numpy as np

# One matrix for input, state and bias together; the contract's attributes are views of it.


class SimpleRNNCell:
    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        generator = rng if rng is not None else np.random.default_rng(seed=None)
        self.hidden_size = hidden_size
        self.input_size = input_size
        self.output_size = output_size
        self.W = generator.normal(scale=0.1, size=(hidden_size, input_size + hidden_size + 1))
        self.W[:, -1] = 0
        self.W_xh = self.W[:, :input_size]
        self.W_hh = self.W[:, input_size:-1]
        self.b_h = self.W[:, -1]
        self.V = np.hstack(
            [generator.normal(scale=0.1, size=(output_size, hidden_size)), np.zeros((output_size, 1))]
        )
        self.W_hy, self.b_y = self.V[:, :-1], self.V[:, -1]

    def step(self, x, h):
        return np.tanh(self.W @ np.concatenate((x, h, [1])))

    def forward_sequence(self, xs, h0=None):
        T = xs.shape[0]
        everything = np.ones((T + 1, self.W.shape[1]))
        everything[:T, : self.input_size] = xs
        state = everything[:, self.input_size : -1]
        state[0] = 0 if h0 is None else h0
        for t in range(T):
            state[t + 1] = np.tanh(self.W @ everything[t])
        return state

    def outputs(self, states):
        return np.c_[states[1:], np.ones(len(states) - 1)] @ self.V.T


def bptt(cell, xs, states, grad_states):
    T, D = xs.shape
    seen = np.column_stack([xs, states[:-1], np.ones(T)])
    grad_W = np.zeros((cell.hidden_size, seen.shape[1]))
    arriving = np.zeros((T + 1, cell.hidden_size))
    for t in range(T)[::-1]:
        h = states[t + 1]
        arriving[t] = (1 - h) * (1 + h) * (grad_states[t] + arriving[t + 1] @ cell.W_hh)
    grad_W += arriving[:T].T @ seen
    return {
        "b_h": grad_W[:, -1],
        "W_hh": grad_W[:, D : D + cell.hidden_size],
        "W_xh": grad_W[:, :D],
        "all": grad_W,
    }


def gradient_norms(cell, states):
    def jacobians():
        for h in states[:0:-1]:
            yield cell.W_hh * (1 - h * h)[:, None]

    norms, product = [], None
    for J in jacobians():
        product = J if product is None else product.dot(J)
        norms.insert(0, np.linalg.norm(product, "fro"))
    return np.array(norms)


def clip_by_global_norm(grads, max_norm):
    if max_norm <= 0:
        raise ValueError("Bad value for max_norm.")
    names = list(grads)
    flat = np.concatenate([np.ravel(grads[n]) for n in names]).astype(np.float64)
    norm = np.linalg.norm(flat)
    if norm > max_norm:
        flat = flat / norm * max_norm
    ends = np.cumsum([np.size(grads[n]) for n in names])[:-1]
    return {
        n: part.reshape(grads[n].shape) for n, part in zip(names, np.split(flat, ends), strict=True)
    }, norm
