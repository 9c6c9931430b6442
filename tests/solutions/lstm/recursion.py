import torch
from torch import nn

# Recursion, generators and comprehensions.


def create_sequences(data, look_back):
    values = [float(value) for value in data]
    if look_back < 1 or look_back > len(values) - 1:
        raise ValueError("look_back must be between 1 and len(data) - 1")
    pairs = [(values[i - look_back : i], values[i]) for i in range(look_back, len(values))]
    X, y = zip(*pairs, strict=True)
    return torch.tensor(X)[..., None], torch.tensor(y)


def split_chronologically(X, y, train_fraction=0.8):
    k = int(train_fraction * X.size(0))
    return tuple(part for cut in (slice(None, k), slice(k, None)) for part in (X[cut], y[cut]))


def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    blocks = zip(W_ih.chunk(4), W_hh.chunk(4), b_ih.chunk(4), b_hh.chunk(4), strict=True)
    squash = torch.sigmoid, torch.sigmoid, torch.tanh, torch.sigmoid
    i, f, g, o = (
        act(x.mm(w.t()) + state[0].mm(u.t()) + a + b)
        for act, (w, u, a, b) in zip(squash, blocks, strict=True)
    )
    c = f * state[1] + i * g
    return [o * c.tanh(), c]


class SineLSTM(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self._build(*args, **kwargs)

    def _build(self, input_size=1, hidden_size=32, num_layers=1):
        self.fc = nn.Linear(in_features=hidden_size, out_features=1)
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)

    def forward(self, x):
        return torch.stack([self.fc(steps[-1]).squeeze() for steps in self.lstm(x)[0]])


def train_lstm(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu", _optimizer=None):
    if epochs == 0:
        return []
    model.to(device)
    optimizer = _optimizer or torch.optim.Adam(model.parameters(), lr=lr)
    total = sum(
        step(model, optimizer, X[i : i + batch_size].to(device), y[i : i + batch_size].to(device))
        for i in range(0, len(X), batch_size)
    )
    return [total / len(X), *train_lstm(model, X, y, epochs - 1, lr, batch_size, device, optimizer)]


def step(model, optimizer, inputs, targets):
    model.train()
    loss = nn.functional.mse_loss(model(inputs), targets, reduction="sum")
    optimizer.zero_grad()
    (loss / len(targets)).backward()
    optimizer.step()
    return loss.item()


def persistence_mse(X, y):
    return sum((float(window[-1]) - float(value)) ** 2 for window, value in zip(X, y, strict=True)) / len(y)


def rollout(model, window, steps):
    if steps == 0:
        return window.new_empty(0)
    training = model.training
    with torch.inference_mode():
        first = model.eval()(window.unsqueeze(0)).clone()
    rest = rollout(model, torch.cat((window[1:], first[:, None])), steps - 1)
    model.train(training)
    return torch.cat((first, rest)).detach()
