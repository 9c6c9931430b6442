"""Unusual but right: bytes as memory of the best epoch, validation on the CPU, samples dealt one by one."""

import collections
import io
import statistics

import numpy as np
import torch
from torch import nn


def stratified_split(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    fractions = list(fractions)
    if any(f <= 0 for f in fractions) or not np.isclose(np.sum(fractions), 1.0):
        raise ValueError(f"fractions={fractions} must be positive and sum to 1")
    gen = torch.Generator()
    gen.manual_seed(int(seed))
    values = [int(v) for v in labels]
    dealt = {}
    counts = {}
    parts = [[] for _ in fractions]
    for i in torch.randperm(len(values), generator=gen).tolist():
        c = values[i]
        have = dealt.setdefault(c, [0] * len(fractions))
        seen = counts[c] = counts.get(c, 0) + 1
        # largest debt first
        best = max(range(len(fractions)), key=lambda j: fractions[j] * seen - have[j])
        have[best] += 1
        parts[best].append(i)
    return tuple(torch.tensor(p, dtype=torch.long) for p in parts)


class Block(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.c = nn.Conv2d(i, o, 3, padding=1)
        self.p = nn.MaxPool2d(2)

    def forward(self, x):
        return torch.relu(self.p(self.c(x)))


class Head(nn.Module):
    def __init__(self, n, p=0.3):
        super().__init__()
        self.fc1 = nn.Linear(1024, 128)
        self.fc2 = nn.Linear(128, n)
        self.p = p

    def forward(self, x):
        return self.fc2(nn.functional.dropout(self.fc1(torch.flatten(x, 1)).relu(), self.p, self.training))


class CapstoneCNN(nn.Module):
    """Three blocks and a head."""

    def __init__(self, num_classes: int = 3):
        nn.Module.__init__(self)
        self.classifier = Head(num_classes)
        self.features = nn.Sequential(Block(3, 16), Block(16, 32), Block(32, 64))

    def forward(self, images):
        maps = self.features(images)
        return self.classifier(maps)


def _pass(model, loader, device, optimizer=None):
    train = optimizer is not None
    model.train(train)
    tot = hit = n = 0
    with torch.set_grad_enabled(train):
        for x, y in loader:
            x = x.to(device)
            y = y.to(device)
            out = model(x)
            loss = nn.functional.cross_entropy(out, y)
            if train:
                optimizer.zero_grad(set_to_none=False)
                loss.backward()
                optimizer.step()
            tot += loss.item() * y.numel()
            hit += (out.argmax(1) == y).sum().item()
            n += y.numel()
    return tot / n, hit / n


def fit(model, train_loader, val_loader, max_epochs=20, patience=3, lr=1e-3, device="cpu"):
    model.to(device)
    opt = torch.optim.Adam((p for p in model.parameters()), lr=lr, foreach=False)
    keys = ["train_loss", "train_acc", "val_loss", "val_acc"]
    h = {k: [] for k in keys}
    h["best_epoch"] = -1
    top = float("-inf")
    buf = io.BytesIO()
    e = 0
    while e < max_epochs and e - h["best_epoch"] <= patience:
        for k, v in zip(
            keys, _pass(model, train_loader, device, opt) + _pass(model, val_loader, device), strict=False
        ):
            h[k].append(v)
        print(f"{e:3d} {h['val_acc'][-1]:.3f}")
        if h["val_acc"][-1] > top:
            top = h["val_acc"][-1]
            h["best_epoch"] = e
            buf = io.BytesIO()
            torch.save(model.state_dict(), buf)
        e += 1
    buf.seek(0)
    model.load_state_dict(torch.load(buf, weights_only=True))
    return h


def confusion_matrix(y_true, y_pred, num_classes):
    y_true, y_pred = np.asarray(y_true).tolist(), np.asarray(y_pred).tolist()
    pairs = list(zip(y_true, y_pred, strict=False))
    if len(y_true) != len(y_pred):
        raise ValueError("unequal: y_true, y_pred")
    bad = {v for pair in pairs for v in pair} - set(range(num_classes))
    if bad:
        raise ValueError(f"labels (y_true, y_pred) outside: {sorted(bad)}")
    c = collections.Counter(pairs)
    return np.array([[c[i, j] for j in range(num_classes)] for i in range(num_classes)], dtype=np.uint64)


def per_class_metrics(cm):
    def safe(a, b):
        return a / b if b else 0.0

    rows = [
        (safe(int(c), int(col.sum())), safe(int(c), int(row.sum())))
        for c, row, col in zip(np.diag(cm), cm, cm.T, strict=False)
    ]
    p, r = (np.array(v, dtype=float) for v in zip(*rows, strict=False))
    return {
        "precision": p,
        "recall": r,
        "f1": np.array([safe(2 * a * b, a + b) for a, b in zip(p, r, strict=False)]),
    }


def accuracy(cm):
    try:
        return int(cm.diagonal().sum()) / int(cm.sum())
    except ZeroDivisionError:
        return 0.0


def macro_f1(cm):
    return statistics.fmean(per_class_metrics(cm)["f1"])
