from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

# Objects for everything: a data set, a cell object, a trainer, a context manager, a deque.


class Windows(Dataset):
    def __init__(self, data, look_back):
        self.values = torch.as_tensor(np.asarray(data).astype("float32"))
        self.look_back = look_back
        if look_back < 1:
            raise ValueError(f"look_back={look_back} < 1")
        if look_back >= len(self.values):
            raise ValueError(f"look_back={look_back} >= {len(self.values)}")

    def __len__(self):
        return len(self.values) - self.look_back

    def __getitem__(self, i):
        if i >= len(self):
            raise IndexError(i)
        return self.values[i : i + self.look_back, None], self.values[i + self.look_back]


def create_sequences(data, look_back):
    X, y = zip(*Windows(data, look_back), strict=True)
    return torch.stack(X), torch.stack(y)


def split_chronologically(X, y, train_fraction=0.8):
    rows = np.arange(len(X))
    past, future = np.array_split(rows, [int(train_fraction * len(X))])
    return X[past], y[past], X[future], y[future]


class LSTMCell:
    """A cell of our own; its name is torch's, its work is not."""

    def __init__(self, W_ih, W_hh, b_ih, b_hh):
        self.input, self.hidden = (W_ih, b_ih), (W_hh, b_hh)

    def lstm_cell(self, x, state):
        h, c = state
        n = c.shape[-1]
        z = nn.functional.linear(x, *self.input) + nn.functional.linear(h, *self.hidden)
        gates = z.index_select(1, torch.cat([torch.arange(2 * n), torch.arange(3 * n, 4 * n)])).sigmoid()
        i, f, o = gates.split(n, dim=1)
        c = f.mul(c).add(i.mul(z[:, 2 * n : 3 * n].tanh()))
        return o.mul(c.tanh()), c


class Step:
    def __call__(self, x, state, W_ih, W_hh, b_ih, b_hh):
        return LSTMCell(W_ih, W_hh, b_ih, b_hh).lstm_cell(x, state)


lstm_cell = Step()


class Recurrent(nn.LSTM):
    def __init__(self, *sizes):
        super().__init__(*sizes, batch_first=True)

    def last(self, x):
        return self(x)[0].select(1, -1)


class SineLSTM(nn.Module):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        super().__init__()
        self.lstm = Recurrent(input_size, hidden_size, num_layers)
        self.fc = nn.Linear(self.lstm.hidden_size, 1)

    def forward(self, x):
        return self.fc(self.lstm.last(x))[:, 0]


@contextmanager
def mode(model, training):
    before = {module: module.training for module in model.modules()}
    model.train(training)
    try:
        yield model
    finally:
        for module, was in before.items():
            module.training = was


@dataclass
class Trainer:
    model: nn.Module
    optimizer: torch.optim.Optimizer
    device: str
    criterion: nn.Module = field(default_factory=nn.MSELoss)

    def epoch(self, batches):
        total, count = 0.0, 0
        with mode(self.model, True):
            for X, y in batches:
                X, y = X.to(self.device, non_blocking=True), y.to(self.device, non_blocking=True)
                loss = self.criterion(self.model(X), y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                total, count = total + loss.detach() * len(y), count + len(y)
        return (total / count).item()


def train_lstm(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    device = torch.device(device)
    trainer = Trainer(model.to(device), torch.optim.Adam(model.parameters(), lr=lr), device)
    generator = torch.Generator().manual_seed(0)
    loader = DataLoader(list(zip(X, y, strict=True)), batch_size, shuffle=True, generator=generator)
    return [trainer.epoch(loader) for _ in range(epochs)]


class Persistence(nn.Module):
    def forward(self, X):
        return X[:, -1, 0]


def persistence_mse(X, y):
    return nn.MSELoss()(Persistence()(X), y).item()


def rollout(model, window, steps):
    seen = deque(window[:, 0].tolist(), maxlen=len(window))
    forecast = []
    with mode(model, False), torch.no_grad():
        while len(forecast) < steps:
            forecast.append(model(torch.tensor(seen).view(1, -1, 1)).item())
            seen.append(forecast[-1])
    return torch.tensor(forecast)
