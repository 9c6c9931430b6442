import copy
import random

import numpy as np
import torch
from torch import nn

# random.Random and lists; samples are dealt like cards; one-hot vectors for the matrix.


def stratified_split(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    if any(not f > 0 for f in fractions) or not 0.9999 < sum(fractions) < 1.0001:
        raise ValueError("fractions have to be positive and sum up to one")
    dealer = random.Random(seed)
    values = labels.tolist() if hasattr(labels, "tolist") else list(labels)
    parts = [[] for _ in fractions]
    for label in sorted(set(values)):
        cards = [i for i, value in enumerate(values) if value == label]
        dealer.shuffle(cards)
        cut = [0]
        for k in range(len(fractions)):
            cut.append(round(len(cards) * sum(fractions[: k + 1])))
        cut[-1] = len(cards)
        for k, part in enumerate(parts):
            part.extend(cards[cut[k] : cut[k + 1]])
    result = []
    for part in parts:
        dealer.shuffle(part)
        result.append(torch.tensor(part, dtype=torch.long))
    return tuple(result)


class CapstoneCNN(nn.Module):
    """Both halves are modules of their own."""

    def __init__(self, num_classes: int = 3):
        nn.Module.__init__(self)

        class Features(nn.Module):
            def __init__(self):
                super().__init__()
                self.first = nn.Conv2d(3, 16, 3, padding=1)
                self.second = nn.Conv2d(16, 32, 3, padding=1)
                self.third = nn.Conv2d(32, 64, 3, padding=1)
                self.pool = nn.MaxPool2d(2)

            def forward(self, x):
                x = self.pool(self.first(x).relu())
                x = self.pool(self.second(x).relu())
                x = self.pool(self.third(x).relu())
                return x

        class Classifier(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(1024, 128)
                self.drop = nn.Dropout(0.3)
                self.logits = nn.Linear(128, num_classes)

            def forward(self, maps):
                hidden = torch.relu(self.fc(torch.flatten(maps, 1)))
                return self.logits(self.drop(hidden))

        self.features = Features()
        self.classifier = Classifier()

    def forward(self, x):
        return self.classifier.forward(self.features.forward(x))


def fit(model, train_loader, val_loader, max_epochs=20, patience=3, lr=1e-3, device="cpu"):
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    ce = nn.CrossEntropyLoss(reduction="sum")
    train_loss, train_acc, val_loss, val_acc = [], [], [], []
    best = -1
    best_epoch = 0
    for epoch in range(max_epochs):
        model.train()
        for x, y in train_loader:
            x = x.to(device)
            y = y.to(device)
            optimizer.zero_grad()
            loss = ce(model.forward(x), y) / len(y)
            loss.backward()
            optimizer.step()
        # Right after the epoch, in train mode, as the figures of training are.
        with torch.no_grad():
            s, r, n = 0.0, 0, 0
            for x, y in train_loader:
                z = model.forward(x.to(device))
                s += float(ce(z, y.to(device)))
                r += int((z.argmax(1).cpu() == y).sum())
                n += len(y)
            train_loss.append(s / n)
            train_acc.append(r / n)
            model.eval()
            s, r, n = 0.0, 0, 0
            for x, y in val_loader:
                z = model.forward(x.to(device))
                s += float(ce(z, y.to(device)))
                r += int((z.argmax(1).cpu() == y).sum())
                n += len(y)
            val_loss.append(s / n)
            val_acc.append(r / n)
        if val_acc[-1] > best:
            best = val_acc[-1]
            best_epoch = epoch
            best_parameters = [p.detach().clone() for p in model.parameters()]
            best_buffers = copy.deepcopy(list(model.buffers()))
        if len(val_acc) > patience and max(val_acc[-patience:]) <= max(val_acc[:-patience]):
            break
    with torch.no_grad():
        for p, q in zip(model.parameters(), best_parameters, strict=True):
            p.copy_(q)
        for p, q in zip(model.buffers(), best_buffers, strict=True):
            p.copy_(q)
    return {
        "train_loss": train_loss,
        "train_acc": train_acc,
        "val_loss": val_loss,
        "val_acc": val_acc,
        "best_epoch": best_epoch,
    }


def confusion_matrix(y_true, y_pred, num_classes):
    if np.shape(y_true) != np.shape(y_pred):
        raise ValueError("y_true and y_pred should be equally long")
    for name, values in [("y_true", y_true), ("y_pred", y_pred)]:
        for value in values:
            if int(value) not in range(num_classes):
                raise ValueError(name + " contains " + str(value))
    one_hot = np.eye(num_classes, dtype=np.int64)
    return one_hot[np.asarray(y_true, dtype=int)].T @ one_hot[np.asarray(y_pred, dtype=int)]


def per_class_metrics(cm):
    p, r, f = [], [], []
    for k, line in enumerate(np.asarray(cm).tolist()):
        hits = line[k]
        called = sum(other[k] for other in np.asarray(cm).tolist())
        there = sum(line)
        p.append(hits / called if called else 0.0)
        r.append(hits / there if there else 0.0)
        f.append(2 * hits / (called + there) if called + there else 0.0)
    return {"precision": np.array(p), "recall": np.array(r), "f1": np.array(f), "support": np.sum(cm, axis=1)}


def accuracy(cm):
    cm = np.asarray(cm).tolist()
    try:
        return sum(cm[k][k] for k in range(len(cm))) / sum(map(sum, cm))
    except ZeroDivisionError:
        return 0.0


def macro_f1(cm):
    f = per_class_metrics(cm)["f1"]
    return float(sum(f) / len(f))
