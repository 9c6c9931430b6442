import math

import torch
from torch import nn
from torch.nn import functional

# Slices and four matrix products; batches cut by hand, in order, whole data moved first; gradients clipped.


def create_sequences(data, look_back):
    t = data.detach().clone() if torch.is_tensor(data) else torch.tensor(list(map(float, data)))
    t = t.float()
    if look_back < 1:
        raise ValueError("look_back must be positive")
    if look_back >= t.numel():
        raise ValueError("data is too short for this look_back")
    n = t.numel() - look_back
    X = torch.zeros(n, look_back, 1)
    y = torch.zeros(n)
    for i in range(n):
        for j in range(look_back):
            X[i, j, 0] = t[i + j]
        y[i] = t[i + look_back]
    return X, y


def split_chronologically(X, y, train_fraction=0.8):
    n = X.shape[0]
    k = math.floor(n * train_fraction)
    return [X.narrow(0, 0, k), y.narrow(0, 0, k), X.narrow(0, k, n - k), y.narrow(0, k, n - k)]


def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    H = h.shape[1]

    def gate(k):
        rows = slice(k * H, (k + 1) * H)
        return functional.linear(x, W_ih[rows], b_ih[rows]) + functional.linear(h, W_hh[rows], b_hh[rows])

    input_gate = torch.sigmoid(gate(0))
    forget_gate = torch.sigmoid(gate(1))
    candidate = torch.tanh(gate(2))
    output_gate = torch.sigmoid(gate(3))
    c = forget_gate * c + input_gate * candidate
    return output_gate * torch.tanh(c), c


class SineLSTM(nn.Module):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        super().__init__()
        self.lstm = nn.LSTM(
            input_size=input_size, hidden_size=hidden_size, batch_first=True, num_layers=num_layers
        )
        self.fc = nn.Linear(in_features=hidden_size, out_features=1)

    def forward(self, x):
        _, (h_n, _) = self.lstm(x)
        return self.fc(h_n[-1]).view(-1)


def train_lstm(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    model = model.to(device)
    X = X.to(device)
    y = y.to(device)
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _epoch in range(epochs):
        squares = 0.0
        for start in range(0, len(X), batch_size):
            pred = model(X[start : start + batch_size])
            error = pred - y[start : start + batch_size]
            loss = error.square().mean()
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            squares += error.detach().square().sum().item()
        losses.append(squares / len(X))
    return losses


def persistence_mse(X, y):
    return float(functional.mse_loss(X[:, -1].squeeze(-1), y))


def rollout(model, window, steps):
    mode = model.training
    model.eval()
    history = window.flatten().tolist()
    size = len(history)
    with torch.no_grad():
        for _ in range(steps):
            x = torch.tensor(history[-size:], dtype=window.dtype).reshape(1, size, 1)
            history.append(float(model(x)))
    model.train(mode)
    return torch.tensor(history[size:], dtype=window.dtype)
