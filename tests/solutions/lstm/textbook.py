from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

# As a textbook has it, with type hints.


def create_sequences(data, look_back: int) -> tuple[Tensor, Tensor]:
    series = np.asarray(data, dtype=np.float32)
    n = len(series)
    if look_back < 1 or look_back >= n:
        raise ValueError(f"look_back must be in [1, {n - 1}], got {look_back}")
    X, y = [], []
    for i in range(n - look_back):
        X.append(series[i : i + look_back])
        y.append(series[i + look_back])
    return torch.from_numpy(np.array(X)).unsqueeze(-1), torch.from_numpy(np.array(y))


def split_chronologically(X: Tensor, y: Tensor, train_fraction: float = 0.8):
    n_train = int(train_fraction * len(X))
    return X[:n_train], y[:n_train], X[n_train:], y[n_train:]


def lstm_cell(
    x: Tensor, state: tuple[Tensor, Tensor], W_ih: Tensor, W_hh: Tensor, b_ih: Tensor, b_hh: Tensor
) -> tuple[Tensor, Tensor]:
    """One step, as nn.LSTMCell and torch.lstm_cell make it."""
    h, c = state
    gates = x @ W_ih.T + b_ih + h @ W_hh.T + b_hh
    i, f, g, o = gates.chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c_new = f * c + i * g
    h_new = o * torch.tanh(c_new)
    return h_new, c_new


class SineLSTM(nn.Module):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1) -> None:
        super().__init__()
        self.lstm = nn.LSTM(
            input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, batch_first=True
        )
        # One number from the hidden state of the last step.
        self.fc = nn.Linear(in_features=hidden_size, out_features=1)

    def forward(self, x: Tensor) -> Tensor:
        hidden, _ = self.lstm(x)
        return self.fc(hidden[:, -1, :]).squeeze(-1)


def train_lstm(
    model: nn.Module,
    X: Tensor,
    y: Tensor,
    epochs: int = 30,
    lr: float = 1e-2,
    batch_size: int = 64,
    device: str = "cpu",
) -> list[float]:
    model.to(device)
    loader = DataLoader(TensorDataset(X, y), batch_size=batch_size, shuffle=True)
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses: list[float] = []
    for _ in range(epochs):
        model.train()
        total = 0.0
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(xb)
        losses.append(total / len(X))
    return losses


def persistence_mse(X: Tensor, y: Tensor) -> float:
    return torch.mean((X[:, -1, 0] - y) ** 2).item()


@torch.no_grad()
def rollout(model: nn.Module, window: Tensor, steps: int) -> Tensor:
    was_training = model.training
    model.eval()
    current = window.clone()
    predictions = torch.empty(steps)
    for step in range(steps):
        predictions[step] = model(current.unsqueeze(0)).item()
        current = torch.cat([current[1:], predictions[step].view(1, 1)])
    model.train(was_training)
    return predictions
