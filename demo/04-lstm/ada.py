# Ada solved everything, in her own style.


def create_sequences(data, look_back):
    series = torch.tensor(np.asarray(data), dtype=torch.float32)
    if not 1 <= look_back < len(series):
        raise ValueError(f"look_back is {look_back}; it must be from 1 to {len(series) - 1}")
    windows = series.unfold(0, look_back + 1, 1)  # each with its target
    return windows[:, :-1].unsqueeze(-1), windows[:, -1]


def split_chronologically(X, y, train_fraction=0.8):
    train = int(train_fraction * len(X))
    return X[:train], y[:train], X[train:], y[train:]


def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    sums = nn.functional.linear(x, W_ih, b_ih) + nn.functional.linear(h, W_hh, b_hh)
    i, f, g, o = sums.unflatten(1, (4, -1)).unbind(1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


class SineLSTM(nn.Module):
    """An LSTM over the window, and a linear layer on its last output."""

    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1) -> None:
        nn.Module.__init__(self)
        sizes = dict(zip(("input_size", "hidden_size", "num_layers"), (input_size, hidden_size, num_layers)))
        self.fc = nn.Linear(hidden_size, 1)
        self.lstm = nn.LSTM(**sizes, batch_first=True)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return self.fc(h[-1]).flatten()


def train_lstm(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    model.to(device)
    adam = torch.optim.Adam(model.parameters(), lr)
    losses = []
    for epoch in range(epochs):
        model.train()
        errors = []
        for rows in torch.randperm(len(X)).split(batch_size):
            error = (model(X[rows].to(device)) - y[rows].to(device)).square()
            adam.zero_grad()
            error.mean().backward()
            adam.step()
            errors.append(error.detach())
        losses.append(torch.cat(errors).mean().item())
        if epoch % 10 == 0:
            print(f"epoch {epoch}: loss {losses[-1]:.4f}")
    return losses


def persistence_mse(X, y):
    return nn.functional.mse_loss(X[:, -1, 0], y).item()


@torch.no_grad()
def rollout(model, window, steps):
    training, line = model.training, window.flatten()
    model.eval()
    for _ in range(steps):
        line = torch.cat([line, model(line[-len(window) :].view(1, -1, 1))])
    model.train(training)
    return line[len(window) :]


ANSWER = "Limits from the training part only, a split in order, baselines beside the error, and the error measured at a month's distance."
