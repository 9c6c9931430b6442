import copy
import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import torch
from torch import nn

# Seats in a parliament; batches cut by hand out of the loaders' data; a whole copy of the best model.


def stratified_split(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    exact = [Fraction(f).limit_denominator(10**9) for f in fractions]
    if min(exact) <= 0 or abs(float(sum(exact)) - 1) > 1e-6:
        raise ValueError(f"fractions = {fractions!r}: positive numbers with the sum 1, please")
    rng = np.random.Generator(np.random.PCG64(seed))
    by_class = {}
    for index, label in enumerate(np.asarray(labels).tolist()):
        by_class.setdefault(label, []).append(index)
    parts = [[] for _ in exact]
    for members in by_class.values():
        quotas = [f * len(members) for f in exact]
        seats = [math.floor(q) for q in quotas]
        left = sorted(range(len(seats)), key=lambda k: quotas[k] - seats[k], reverse=True)
        for k in left[: len(members) - sum(seats)]:
            seats[k] += 1
        rng.shuffle(members)
        for part, count in zip(parts, seats, strict=True):
            part += members[:count]
            del members[:count]
        parts[-1] += members
    return tuple(torch.LongTensor(rng.permutation(np.array(part, dtype=np.int64))) for part in parts)


def _block(inside, outside):
    return nn.Sequential(nn.Conv2d(inside, outside, 3, 1, 1), nn.ReLU(), nn.MaxPool2d((2, 2), 2))


class CapstoneCNN(nn.Module):
    """Blocks in a Sequential, the classifier's layers by name."""

    def __init__(self, num_classes=3):
        super().__init__()
        sizes = (3, 16, 32, 64)
        self.features = nn.Sequential(*(_block(*pair) for pair in pairwise(sizes)))
        self.classifier = nn.Sequential()
        self.classifier.add_module("flat", nn.Flatten())
        self.classifier.add_module("fc1", nn.Linear(4 * 4 * 64, 128))
        self.classifier.add_module("act", nn.ReLU())
        self.classifier.add_module("drop", nn.Dropout(1 - 0.7))
        self.classifier.add_module("fc2", nn.Linear(128, num_classes))

    def forward(self, images):
        maps = self.features(images)
        for layer in self.classifier:
            maps = layer(maps)
        return maps


def fit(model, train_loader, val_loader, max_epochs=20, patience=3, lr=1e-3, device="cpu"):
    model.to(device)
    adam = torch.optim.Adam(params=model.parameters(), lr=lr)

    def everything(loader):
        images, labels = zip(*loader, strict=True)
        return torch.cat(images).to(device), torch.cat(labels).to(device)

    x_val, y_val = everything(val_loader)
    rows, best = [], None
    for epoch in range(max_epochs):
        model.train()
        x, y = everything(train_loader)
        size = train_loader.batch_size
        for start in range(0, len(x), size):
            loss = nn.functional.cross_entropy(model(x[start : start + size]), y[start : start + size])
            adam.zero_grad()
            loss.backward()
            adam.step()
        row = []
        model.eval()
        with torch.no_grad():
            for inputs, targets in ((x, y), (x_val, y_val)):
                scores = model(inputs)
                row.append(nn.functional.cross_entropy(scores, targets).item())
                row.append(np.mean((scores.argmax(1) == targets).cpu().numpy()))
        rows.append(row)
        if best is None or row[-1] > best[0]:
            best = (row[-1], epoch, copy.deepcopy(model))
        elif epoch >= best[1] + patience:
            break
    model.load_state_dict(best[2].state_dict())
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {
        **dict(zip(["train_loss", "train_acc", "val_loss", "val_acc"], columns, strict=True)),
        "best_epoch": best[1],
    }


def confusion_matrix(y_true, y_pred, num_classes):
    y_true, y_pred = list(map(int, y_true)), list(map(int, y_pred))
    if len(y_true) != len(y_pred):
        raise ValueError("y_true, y_pred: unequal lengths")
    classes = range(num_classes)
    if not set(y_true) <= set(classes):
        raise ValueError("y_true has a label that is not below num_classes or is negative")
    if not set(y_pred) <= set(classes):
        raise ValueError("y_pred has a label that is not below num_classes or is negative")
    from collections import Counter

    pairs = Counter(zip(y_true, y_pred, strict=True))
    return np.array([[pairs[t, p] for p in classes] for t in classes], dtype=np.int64)


def per_class_metrics(cm):
    classes = range(len(cm))
    column = [sum(int(cm[i][k]) for i in classes) for k in classes]
    row = [sum(int(cm[k][i]) for i in classes) for k in classes]

    def divide(a, b):
        return float(Fraction(a, b)) if b else 0.0

    return {
        "precision": np.array([divide(int(cm[k, k]), column[k]) for k in classes]),
        "recall": np.array([divide(int(cm[k, k]), row[k]) for k in classes]),
        "f1": np.array([divide(2 * int(cm[k, k]), row[k] + column[k]) for k in classes]),
    }


def accuracy(cm):
    total = sum(int(each) for each in np.ravel(cm))
    return sum(int(cm[k, k]) for k in range(len(cm))) / total if total else 0


def macro_f1(cm):
    return np.mean(per_class_metrics(cm)["f1"])
