from torch import cat, nn, no_grad, optim, randperm, sigmoid, stack, tanh, tensor, zeros

# No batch in the cell: one sequence after the other, and units one by one; parameters by hand.


def create_sequences(data, look_back):
    n = len(data)
    if look_back >= n or look_back <= 0:
        raise ValueError(f"data has {n} values, look_back is {look_back}")
    values = tensor([float(x) for x in data])
    X = stack([values[k : n - look_back + k] for k in range(look_back)], dim=1)
    return X.reshape(n - look_back, look_back, 1), values[-(n - look_back) :]


def split_chronologically(X, y, train_fraction=0.8):
    k, n = int(train_fraction * len(y)), len(y)
    return X[range(k)], y[range(k)], X[range(k, n)], y[range(k, n)]


def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    H = state[0].shape[1]
    hs, cs = [], []
    for n in range(len(x)):
        z = [W_ih[r].dot(x[n]) + b_ih[r] + W_hh[r].dot(state[0][n]) + b_hh[r] for r in range(4 * H)]
        c = [sigmoid(z[H + u]) * state[1][n, u] + sigmoid(z[u]) * tanh(z[2 * H + u]) for u in range(H)]
        h = [sigmoid(z[3 * H + u]) * tanh(c[u]) for u in range(H)]
        hs.append(stack(h))
        cs.append(stack(c))
    return stack(hs), stack(cs)


class SineLSTM(nn.Module):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        super().__init__()
        options = {"batch_first": True, "num_layers": num_layers}
        parts = {"lstm": nn.LSTM(input_size, hidden_size, **options), "fc": nn.Linear(hidden_size, 1)}
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return (h[-1] * self.fc.weight).sum(1) + self.fc.bias


def train_lstm(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    model.to(device)
    adam = optim.Adam(params=list(model.parameters()), lr=lr)
    losses = []
    for _ in range(epochs):
        model.train()
        errors = zeros(len(X))
        rows = randperm(len(X)).tolist()
        while rows:
            batch, rows = rows[:batch_size], rows[batch_size:]
            targets = y[batch].to(device)

            def closure(batch=batch, targets=targets, errors=errors):
                adam.zero_grad()
                error = (model(X[batch].to(device)) - targets) ** 2
                errors[batch] = error.detach().cpu()
                loss = error.mean()
                loss.backward()
                return loss

            adam.step(closure)
        losses.append(errors.mean())
    return tuple(losses)


def persistence_mse(X, y):
    total = 0.0
    for i in range(len(y)):
        total += (y[i].item() - X[i, -1, 0].item()) ** 2
    return total / len(y)


def rollout(model, window, steps):
    was_training, tail = model.training, window[:, 0]
    model.eval()
    with no_grad():
        for _ in range(steps):
            tail = cat([tail, model(tail[len(tail) - len(window) :].reshape(1, -1, 1))])
    model.train(was_training)
    return tail[len(window) :].clone()
