import numpy as np
import torch
from torch import nn

# One stacked matrix for the cell, unfold and sliding windows, losses measured after each epoch.


def create_sequences(data, look_back):
    values = torch.as_tensor(np.array(data), dtype=torch.float32)
    if not 0 < look_back < values.shape[0]:
        raise ValueError(f"invalid look_back {look_back!r} for {values.shape[0]} values")
    windows = values.unfold(0, look_back, 1)
    return windows[:-1].unsqueeze(2), values[look_back:]


def split_chronologically(X, y, train_fraction=0.8):
    cut = int(len(y) * train_fraction)
    (X_train, X_test), (y_train, y_test) = (torch.tensor_split(t, [cut]) for t in (X, y))
    return X_train, y_train, X_test, y_test


def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    ones = torch.ones(len(x), 2, dtype=x.dtype)
    stacked = torch.cat([W_ih, W_hh, b_ih[:, None], b_hh[:, None]], dim=1)
    z = torch.cat([x, h, ones], dim=1).matmul(stacked.t()).reshape(len(x), 4, -1)
    squashed = torch.sigmoid(z)
    c = squashed[:, 1] * c + squashed[:, 0] * torch.tanh(z[:, 2])
    h = squashed[:, 3] * torch.tanh(c)
    return h, c


class SineLSTM(nn.Module):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        super().__init__()
        self.lstm = nn.LSTM(input_size, num_layers=num_layers, hidden_size=hidden_size, batch_first=True)
        self.fc = nn.LazyLinear(1)

    def forward(self, x):
        return self.fc(self.lstm(x)[0])[:, -1, 0]


def mse(model, X, y):
    with torch.inference_mode():
        return ((model(X) - y) ** 2).mean().item()


def train_lstm(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    model.to(device)
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    losses = []
    while len(losses) < epochs:
        model.train()
        order = torch.randperm(len(X), device=device)
        for batch in torch.split(order, batch_size):
            loss = nn.functional.mse_loss(model(X[batch]), y[batch])
            optimizer.zero_grad(set_to_none=False)
            loss.backward()
            optimizer.step()
        model.eval()
        losses.append(mse(model, X, y))
    return losses


def persistence_mse(X, y):
    last = X.select(1, -1).reshape(-1)
    return float(np.mean((last.numpy() - y.numpy()) ** 2))


def rollout(model, window, steps):
    training = model.training
    model.train(False)
    path = torch.cat([window.reshape(-1), torch.zeros(steps)])
    n = len(window)
    try:
        with torch.inference_mode():
            for k in range(steps):
                path[n + k] = model(path[k : k + n].reshape(1, n, 1))[0]
    finally:
        model.train(training)
    return path[n:].clone()
