import copy

import numpy as np
import torch
import torch.nn.functional as fn
import torch.optim as optim
from torch import nn

# NumPy wherever it does no harm; batches by index arrays; a copy for the roll-out.


def create_sequences(data, look_back):
    if isinstance(data, torch.Tensor):
        data = data.detach().cpu().numpy()
    data = np.asarray(data, dtype=np.float64)
    assert data.ndim == 1
    n = data.shape[0]
    if look_back < 1 or look_back >= n:
        raise ValueError(f"look_back={look_back} does not fit {n} values")
    view = np.lib.stride_tricks.sliding_window_view(data, look_back + 1)
    X, y = view[:, :-1, np.newaxis].copy(), view[:, -1].copy()
    return torch.from_numpy(X).to(torch.float32), torch.FloatTensor(y)


def split_chronologically(X, y, train_fraction=0.8):
    n_train = int(train_fraction * len(X))
    train = torch.from_numpy(np.arange(len(X)) < n_train)
    return X[train], y[train], X[~train], y[~train]


def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    hidden, cell = state
    H = hidden.shape[1]
    z = torch.matmul(x, W_ih.transpose(0, 1)) + b_ih
    z = z + torch.matmul(hidden, W_hh.transpose(0, 1)) + b_hh
    i = 1 / (1 + torch.exp(-z[:, 0:H]))
    f = fn.sigmoid(z[:, H : 2 * H])
    g = fn.tanh(z[:, 2 * H : 3 * H])
    o = nn.Sigmoid()(z[:, 3 * H : 4 * H])
    cell = f * cell
    cell += i * g
    return o * torch.tanh(cell), cell


class SineLSTM(nn.Module):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.lstm = nn.LSTM(input_size, self.hidden_size, self.num_layers, batch_first=True)
        self.fc = nn.Linear(self.hidden_size, 1)

    def forward(self, x):
        h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size).to(x.device)
        c0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size).to(x.device)
        out, _ = self.lstm(x, (h0, c0))
        out = self.fc(out[:, -1, :])
        return out.reshape(out.shape[0])


def train_lstm(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    model = model.to(device)
    optimizer = optim.Adam(model.parameters(), lr=lr, betas=(0.9, 0.999), eps=1e-8)
    rng = np.random.default_rng(42)
    n = len(X)
    history = []
    for _epoch in range(epochs):
        model.train()
        order = rng.permutation(n)
        losses, weights = [], []
        for start in range(0, n, batch_size):
            idx = torch.as_tensor(order[start : start + batch_size])
            xb, yb = X[idx].to(device), y[idx].to(device)
            optimizer.zero_grad()
            loss = fn.mse_loss(model(xb).reshape(-1), yb.reshape(-1))
            loss.backward()
            optimizer.step()
            losses.append(loss.detach().cpu().numpy())
            weights.append(len(idx))
        history.append(np.average(losses, weights=weights))
    return np.array(history)


def persistence_mse(X, y):
    return np.square(X.numpy()[:, -1, 0] - y.numpy()).mean()


def rollout(model, window, steps):
    twin = copy.deepcopy(model).eval()
    values = np.concatenate([window.numpy().ravel(), np.zeros(steps, np.float32)])
    n = len(window)
    for k in range(steps):
        with torch.no_grad():
            values[n + k] = twin(torch.from_numpy(values[None, k : n + k, None])).numpy()[0]
    return torch.from_numpy(values[n:])
