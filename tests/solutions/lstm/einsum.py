import torch
from torch import nn
from torch.utils.data import BatchSampler, RandomSampler, TensorDataset

# einsum and addmm; samplers; a Sequential subclass as the last layer; sigmoid made of tanh.


def sigmoid(z):
    return (1 + torch.tanh(z / 2)) / 2


def create_sequences(data, look_back):
    values = torch.tensor(data.tolist() if hasattr(data, "tolist") else list(data), dtype=torch.float32)
    n = values.numel()
    if look_back < 1 or n <= look_back:
        raise ValueError(f"1 <= look_back < n must hold: look_back = {look_back}, n = {n}")
    index = torch.arange(n - look_back)[:, None] + torch.arange(look_back)[None, :]
    return values[index][:, :, None], values[look_back:].clone()


def split_chronologically(X, y, train_fraction=0.8):
    sizes = [int(train_fraction * len(y)), len(y) - int(train_fraction * len(y))]
    X_train, X_test = X.split(sizes)
    y_train, y_test = y.split(sizes)
    return X_train, y_train, X_test, y_test


def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    size = h.size(-1)
    z = torch.einsum("ni,gi->ng", x, W_ih) + torch.einsum("nh,gh->ng", h, W_hh)
    z = (z + b_ih.add(b_hh)).view(-1, 4, size)
    i, f, g, o = z.unbind(1)
    c_next = torch.addcmul(sigmoid(f) * c, sigmoid(i), torch.tanh(g))
    return sigmoid(o) * torch.tanh(c_next), c_next


class Last(nn.Linear):
    def forward(self, steps):
        return super().forward(steps[:, -1]).flatten()


class SineLSTM(nn.Module):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        nn.Module.__init__(self)
        self.add_module("lstm", nn.LSTM(input_size, hidden_size, num_layers, batch_first=True))
        self.add_module("fc", Last(hidden_size, 1))

    def forward(self, x):
        zeros = x.new_zeros(self.lstm.num_layers, x.size(0), self.lstm.hidden_size)
        return self.fc(self.lstm(x, (zeros, zeros))[0])


def train_lstm(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    data = TensorDataset(X, y)
    sampler = BatchSampler(RandomSampler(data), batch_size, drop_last=False)
    model.to(device).train()
    optimizer = torch.optim.Adam([{"params": [p]} for p in model.parameters()], lr=lr)
    losses = torch.zeros(epochs)
    for epoch in range(epochs):
        for rows in sampler:
            inputs, targets = (part.to(device) for part in data[rows])
            model.zero_grad()
            squares = (model.forward(inputs) - targets).pow(2)
            (squares.sum() / len(rows)).backward()
            optimizer.step()
            losses[epoch] += squares.sum().item() / len(X)
    return losses


def persistence_mse(X, y):
    difference = X[:, -1].flatten() - y.flatten()
    return (difference @ difference).item() / len(y)


def rollout(model, window, steps):
    was = model.training
    model.eval()
    out = []
    with torch.no_grad():
        batch = window[None].clone()
        for _ in range(steps):
            out.append(model(batch))
            batch = torch.roll(batch, -1, dims=1)
            batch[0, -1, 0] = out[-1]
    model.train(was)
    return torch.cat(out) if out else torch.tensor([])
