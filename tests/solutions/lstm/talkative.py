import sys
import time
import warnings

import torch
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

# Talks all the time; keeps logs; a learning-rate plan; compares the cell with torch's beside it.


def log(*words):
    print("[lstm]", *words, file=sys.stderr)


def create_sequences(data, look_back):
    """Windows and targets."""
    log("making windows of", look_back)
    if int(look_back) < 1:
        warnings.warn("this will not work", stacklevel=2)
        raise ValueError("look_back must be >= 1")
    if look_back >= len(data):
        raise ValueError("not enough data for this look_back")
    series = torch.as_tensor(data).reshape(-1).type(torch.FloatTensor)
    X, y = [], []
    for end in range(look_back, len(series)):
        X.append(series[end - look_back : end].unsqueeze(1))
        y.append(series[end])
    X, y = torch.stack(X, dim=0), torch.stack(y, dim=0)
    print(f"X: {tuple(X.shape)}, y: {tuple(y.shape)}")
    return X, y


def split_chronologically(X, y, train_fraction=0.8):
    dataset = TensorDataset(X, y)
    n_train = int(train_fraction * len(dataset))
    print(f"{n_train} for training, {len(dataset) - n_train} for testing")
    train, test = Subset(dataset, range(n_train)), Subset(dataset, range(n_train, len(dataset)))
    return *dataset[train.indices], *dataset[test.indices]


def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    (h, c), start = state, time.perf_counter()
    pre = torch.addmm(b_ih, x, W_ih.t()) + torch.addmm(b_hh, h, W_hh.t())
    names = dict(zip("ifgo", torch.split(pre, h.shape[1], dim=1), strict=True))
    opened = {name: (torch.tanh if name == "g" else torch.sigmoid)(value) for name, value in names.items()}
    for name, value in opened.items():
        print(name, float(value.mean()))
    new_c = torch.mul(opened["f"], c) + torch.mul(opened["i"], opened["g"])
    new_h = torch.mul(opened["o"], torch.tanh(new_c))
    log("a step took", time.perf_counter() - start)
    return new_h, new_c


def compare():
    cell = nn.LSTMCell(3, 4)
    x, h, c = torch.randn(2, 3), torch.randn(2, 4), torch.randn(2, 4)
    own = lstm_cell(x, (h, c), cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)
    return [torch.allclose(a, b, atol=1e-6) for a, b in zip(own, cell(x, (h, c)), strict=True)]


print(compare())


class SineLSTM(nn.Module):
    """LSTM, then one linear layer."""

    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        super().__init__()
        # No dropout between the layers; the sequences come with the batch first.
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, bias=True, batch_first=True, dropout=0)
        self.fc = nn.Linear(hidden_size, 1)
        for name, parameter in self.lstm.named_parameters():
            if name.startswith("bias_ih"):
                with torch.no_grad():
                    parameter[hidden_size : 2 * hidden_size].fill_(1.0)
        print(self)

    def forward(self, windows):
        out, *_ = self.lstm(windows)
        last = out[:, out.shape[1] - 1]
        return torch.flatten(self.fc(last))


def train_lstm(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)
    losses = []
    for epoch in range(1, epochs + 1):
        model.train()
        loader = DataLoader(TensorDataset(X, y), batch_size=min(batch_size, len(X)), shuffle=False)
        epoch_loss = torch.zeros((), device=device)
        for number, (xb, yb) in enumerate(loader, 1):
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = nn.MSELoss(reduction="mean")(model(xb), yb)
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=5.0)
            optimizer.step()
            epoch_loss += loss.detach() * yb.numel() / len(y)
            print(f"\repoch {epoch} batch {number}/{len(loader)} norm {norm:.3f}", end="")
        scheduler.step()
        losses.append(epoch_loss.item())
        print(f"epoch {epoch:>2d}/{epochs} MSE {losses[-1]:.6f}")
    return losses


def persistence_mse(X, y):
    last_observed = X[:, -1, :].view_as(y)
    value = torch.nn.functional.mse_loss(last_observed, y)
    log("persistence:", value)
    return value.item()


def rollout(model, window, steps):
    mode_before = model.training
    model.eval()
    current, predictions = window.detach().clone(), []
    with torch.no_grad():
        for step in range(int(steps)):
            value = model(current[None, :, :])
            print(step, value)
            predictions.append(value.reshape(1))
            current = torch.vstack((current[1:], value.reshape(1, 1)))
    if mode_before:
        model.train()
    return torch.cat(predictions) if len(predictions) > 0 else torch.empty(0)
