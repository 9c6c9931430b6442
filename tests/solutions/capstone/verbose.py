import sys
import time
import warnings
from copy import deepcopy

import numpy as np
import torch
from torch import nn

# Prints a lot, warns on the way, clips gradients, checks itself by assertions.


def stratified_split(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    print(f"splitting {len(labels)} samples into {len(fractions)} parts")
    if not np.isclose(sum(fractions), 1):
        raise ValueError("sum of fractions is not 1")
    for i, f in enumerate(fractions):
        if f <= 0:
            raise ValueError(f"fractions[{i}] = {f} is not positive")
    labels_np = np.array(labels, copy=True).astype(np.int64)
    classes, counts = np.unique(labels_np, return_counts=True)
    print("classes:", dict(zip(classes.tolist(), counts.tolist(), strict=True)))
    rng = np.random.default_rng([seed, 6])
    parts = [np.empty(0, dtype=np.int64) for _ in fractions]
    for c, n in zip(classes, counts, strict=True):
        idx = np.flatnonzero(labels_np == c)
        rng.shuffle(idx)
        bounds = np.floor(np.cumsum([0.0, *fractions]) * n + 0.5).astype(int)
        bounds[-1] = n
        for k in range(len(fractions)):
            parts[k] = np.concatenate([parts[k], idx[bounds[k] : bounds[k + 1]]])
    for part in parts:
        rng.shuffle(part)
    assert sum(map(len, parts)) == len(labels_np)
    print("done:", [len(part) for part in parts], file=sys.stderr)
    return tuple(torch.from_numpy(part) for part in parts)


class CapstoneCNN(nn.Module):
    """Three blocks, two linear layers."""

    def __init__(self, num_classes=3):
        super().__init__()
        layers = []
        channels = 3
        for filters in (16, 32, 64):
            layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            channels = filters
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(in_features=64 * 4 * 4, out_features=128),
            nn.ReLU(),
            nn.Dropout(p=0.3),
            nn.Linear(in_features=128, out_features=num_classes),
        )
        print(f"CapstoneCNN: {sum(p.numel() for p in self.parameters()):,} parameters")

    def forward(self, x):
        assert x.shape[1:] == (3, 32, 32), x.shape
        return self.classifier(self.features(x))


def fit(model, train_loader, val_loader, max_epochs=20, patience=3, lr=1e-3, device="cpu"):
    warnings.warn("training may take a while", stacklevel=2)
    model.to(device)
    model.zero_grad()
    criterion = nn.CrossEntropyLoss().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = {
        "train_loss": [],
        "train_acc": [],
        "val_loss": [],
        "val_acc": [],
        "best_epoch": 0,
        "seconds": [],
    }
    best_state = deepcopy(model.state_dict())
    best_val_acc = float("-inf")
    patience_left = patience
    for epoch in range(1, max_epochs + 1):
        start = time.time()
        model.train()
        running_loss = running_correct = seen = 0
        for i, (x, y) in enumerate(train_loader):
            x, y = x.to(device), y.to(device)
            logits = model(x)
            loss = criterion(logits, y)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            running_loss += loss.item() * y.size(0)
            running_correct += (logits.argmax(1) == y).sum().item()
            seen += y.size(0)
            print(f"\repoch {epoch} [{'#' * i}] loss {running_loss / seen:.4f}", end="", flush=True)
        model.eval()
        val_loss = val_correct = val_seen = 0
        with torch.no_grad():
            for x, y in val_loader:
                x, y = x.to(device), y.to(device)
                logits = model(x)
                val_loss += criterion(logits, y).item() * y.size(0)
                val_correct += (logits.argmax(1) == y).sum().item()
                val_seen += y.size(0)
        model.train()
        history["train_loss"].append(running_loss / seen)
        history["train_acc"].append(running_correct / seen)
        history["val_loss"].append(val_loss / val_seen)
        history["val_acc"].append(val_correct / val_seen)
        history["seconds"].append(time.time() - start)
        print(f"\nepoch {epoch}: validation {val_correct / val_seen:.3f}")
        if val_correct / val_seen > best_val_acc:
            best_val_acc = val_correct / val_seen
            best_state = deepcopy(model.state_dict())
            history["best_epoch"] = epoch - 1
            patience_left = patience
        else:
            patience_left -= 1
            if patience_left == 0:
                print("early stop")
                break
    model.load_state_dict(best_state)
    model.eval()
    return history


def confusion_matrix(y_true, y_pred, num_classes):
    y_true = np.asarray(y_true).astype(np.int64)
    y_pred = np.asarray(y_pred).astype(np.int64)
    if y_true.size != y_pred.size:
        raise ValueError(f"len(y_true) = {y_true.size} but len(y_pred) = {y_pred.size}")
    if ((y_true < 0) + (y_true > num_classes - 1)).sum() > 0:
        raise ValueError(f"y_true out of range for num_classes={num_classes}")
    if ((y_pred < 0) + (y_pred > num_classes - 1)).sum() > 0:
        raise ValueError(f"y_pred out of range for num_classes={num_classes}")
    cm = np.zeros([num_classes] * 2, np.uint64)
    for i in range(y_true.size):
        cm[y_true[i]][y_pred[i]] += np.uint64(1)
    print(cm)
    return cm


def per_class_metrics(cm):
    cm = np.asarray(cm, dtype=float)
    true_positives = np.diag(cm)
    columns, rows = np.sum(cm, axis=0), np.sum(cm, axis=1)
    precision = np.zeros_like(columns)
    recall = np.zeros_like(rows)
    f1 = np.zeros_like(rows)
    np.divide(true_positives, columns, out=precision, where=columns > 0)
    np.divide(true_positives, rows, out=recall, where=rows > 0)
    both = precision + recall
    np.divide(2 * precision * recall, both, out=f1, where=both > 0)
    metrics = {"precision": precision, "recall": recall, "f1": f1}
    for name, values in metrics.items():
        print(name, np.round(values, 3))
    return metrics


def accuracy(cm):
    total = cm.sum()
    if total == 0:
        print("nothing to count")
        return 0.0
    return cm.diagonal().sum() / total


def macro_f1(cm):
    print("macro F1")
    return per_class_metrics(cm)["f1"].mean().item()
