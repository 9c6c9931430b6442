# Ben shuffles before he splits, mixes up gates, and his roll-out looks at the same window again and again.


def create_sequences(data, look_back):
    data = np.asarray(data, dtype=np.float32)
    if look_back < 1 or look_back >= len(data):
        raise ValueError("look_back must be at least 1 and less than the length of data")
    X = np.array([data[i : i + look_back] for i in range(len(data) - look_back)])
    y = data[look_back:]
    return torch.tensor(X).unsqueeze(-1), torch.tensor(y)


def split_chronologically(X, y, train_fraction=0.8):
    order = torch.randperm(len(X))
    train, test = order[: int(train_fraction * len(X))], order[int(train_fraction * len(X)) :]
    return X[train], y[train], X[test], y[test]


def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    i, f, o, g = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


class SineLSTM(nn.Module):
    """An LSTM over the window, and a linear layer on its last output."""

    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1) -> None:
        nn.Module.__init__(self)
        sizes = dict(zip(("input_size", "hidden_size", "num_layers"), (input_size, hidden_size, num_layers)))
        self.fc = nn.Linear(hidden_size, 1)
        self.lstm = nn.LSTM(**sizes, batch_first=True)

    def forward(self, x):
        steps, _ = self.lstm(x)
        return self.fc(steps[:, -1])


def train_lstm(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        model.train()
        batch_losses = []
        for start in range(0, len(X), batch_size):
            xb, yb = X[start : start + batch_size].to(device), y[start : start + batch_size].to(device)
            loss = ((model(xb) - yb) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            batch_losses.append(loss.item())
        losses.append(sum(batch_losses) / len(batch_losses))
    return losses


def persistence_mse(X, y):
    return ((X[:, -1] - y) ** 2).mean().item()


def rollout(model, window, steps):
    model.eval()
    result = torch.zeros(steps)
    with torch.no_grad():
        for t in range(steps):
            result[t] = model(window.unsqueeze(0))
    return result
