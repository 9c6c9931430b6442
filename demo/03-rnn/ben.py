# Ben forgets h0, the transpose and the derivative, and clips each array by itself.


class SimpleRNNCell:
    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        if rng is None:
            rng = np.random.default_rng()
        self.hidden_size = hidden_size
        self.W_xh = rng.normal(0, 0.1, (hidden_size, input_size))
        self.W_hh = rng.normal(0, 0.1, (hidden_size, hidden_size))
        self.b_h = np.zeros(hidden_size)
        self.W_hy = rng.normal(0, 0.1, (output_size, hidden_size))
        self.b_y = np.zeros(output_size)

    def step(self, x, h):
        return np.tanh(self.W_xh @ x + self.W_hh @ h + self.b_h)

    def forward_sequence(self, xs, h0=None):
        states = np.zeros((len(xs) + 1, self.hidden_size))
        for t in range(len(xs)):
            states[t + 1] = self.step(xs[t], states[t])
        return states

    def outputs(self, states):
        return states[1:] @ self.W_hy.T + self.b_y


def bptt(cell, xs, states, grad_states):
    grads = {"W_xh": np.zeros(cell.W_xh.shape), "W_hh": np.zeros(cell.W_hh.shape), "b_h": np.zeros(cell.hidden_size)}
    later = np.zeros(cell.hidden_size)
    for t in range(len(xs) - 1, -1, -1):
        delta = (grad_states[t] + later) * (1 - states[t + 1] ** 2)
        grads["W_xh"] += np.outer(delta, xs[t])
        grads["W_hh"] += np.outer(delta, states[t])
        grads["b_h"] += delta
        later = cell.W_hh @ delta
    return grads


def gradient_norms(cell, states):
    steps = len(states) - 1
    return np.array([np.linalg.norm(np.linalg.matrix_power(cell.W_hh, steps - t)) for t in range(steps)])


def clip_by_global_norm(grads, max_norm):
    if max_norm <= 0:
        raise ValueError("max_norm must be positive")
    norm = np.sqrt(sum(np.sum(grad**2.0) for grad in grads.values()))
    clipped = {}
    for name, grad in grads.items():
        own = np.linalg.norm(grad)
        clipped[name] = grad * (max_norm / own) if own > max_norm else grad
    return clipped, norm
