import numpy as np
import torch
from torch import nn

# Whatever can be computed with NumPy is; sums over samples, kept batch by batch in arrays.


def he(*shape):
    draws = np.random.randn(*shape) * np.sqrt(2 / np.prod(shape[1:]))
    return nn.Parameter(torch.from_numpy(draws.astype(np.float32)))


class Convolution(nn.Module):
    def __init__(self, into, out):
        super().__init__()
        self.kernels = he(out, into, 3, 3)
        self.shift = nn.Parameter(torch.from_numpy(np.zeros(out, np.float32)))

    def forward(self, x):
        return torch.conv2d(x, self.kernels, self.shift, padding=1)


class Dense(nn.Module):
    def __init__(self, into, out):
        super().__init__()
        self.matrix = he(out, into)
        self.shift = nn.Parameter(torch.from_numpy(np.zeros(out, np.float32)))

    def forward(self, x):
        return x @ self.matrix.T + self.shift


class SimpleCNN(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        # Only what has parameters; ReLU, pooling and flattening are in forward.
        convolutions = Convolution(1, 16), Convolution(16, 32)
        self.features = nn.Sequential(*convolutions)
        self.classifier = nn.Sequential(Dense(2048, 128), Dense(128, num_classes))

    def forward(self, x):
        for layer in self.features:
            x = torch.max_pool2d(layer(x).clamp(min=0), 2)
        hidden, out = self.classifier
        return out(torch.maximum(hidden(torch.flatten(x, 1)), torch.zeros(())))


def count_parameters(model):
    sizes = np.array([p.numel() for p in model.parameters()], dtype=np.int64)
    trainable = np.array([p.requires_grad for p in model.parameters()], dtype=bool)
    return sizes.sum(), sizes[trainable].sum()


def receptive_field(layers):
    table = np.array(list(layers), dtype=np.int64).reshape(-1, 2)
    jumps = np.cumprod(np.concatenate(([1], table[:, 1])))[:-1]
    return 1 + np.sum((table[:, 0] - 1) * jumps)


def to_numpy(tensor):
    return tensor.detach().cpu().numpy()


def train_epoch(model, loader, criterion, optimizer, device="cpu"):
    model.to(device)
    model.train()
    losses, sizes, hits = np.zeros(0), np.zeros(0, int), np.zeros(0, int)
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        logits = model(images)
        loss = criterion(logits, labels)
        loss.backward()
        optimizer.step()
        losses = np.append(losses, to_numpy(loss))
        sizes = np.append(sizes, labels.shape[0])
        hits = np.append(hits, np.count_nonzero(to_numpy(logits).argmax(axis=1) == to_numpy(labels)))
    return np.average(losses, weights=sizes), np.float32(hits.sum() / sizes.sum())


def predicted_and_true(model, loader, device):
    model.to(device).eval()
    with torch.no_grad():
        pairs = [(to_numpy(model(x.to(device))).argmax(1), to_numpy(y)) for x, y in loader]
    return tuple(map(np.concatenate, zip(*pairs, strict=True)))


def evaluate(model, loader, device="cpu"):
    return np.mean(np.equal(*predicted_and_true(model, loader, device)))


def fit(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    figures = np.zeros((epochs, 3))
    for row in figures:
        row[:2] = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer, device)
        row[2] = evaluate(model, val_loader, device)
    return dict(zip(["train_loss", "train_acc", "val_acc"], figures.T.tolist(), strict=True))


def first_layer_filters(model):
    return torch.from_numpy(model.features[0].weight.detach().numpy()[:, 0].copy())


def feature_maps(model, images, layer):
    arrays = []
    hook = model.get_submodule(layer).register_forward_hook(lambda m, i, o: arrays.append(to_numpy(o).copy()))
    training = model.training
    try:
        predicted_and_true(model, [(images, torch.zeros(len(images)))], images.device)
    finally:
        hook.remove()
        model.train(training)
    return torch.from_numpy(arrays[0])
