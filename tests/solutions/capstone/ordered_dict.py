from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

# Typed; layers with names; one function trains an epoch and one evaluates.


def stratified_split(
    labels: Sequence[int], fractions: Sequence[float] = (0.7, 0.15, 0.15), seed: int = 0
) -> tuple[Tensor, ...]:
    if any(fraction <= 0 for fraction in fractions) or abs(sum(fractions) - 1.0) > 1e-6:
        raise ValueError("`fractions` have to be positive, and to sum to 1")
    labels = np.asarray(labels)
    rng = np.random.default_rng(seed)
    parts: list[list[int]] = [[] for _ in fractions]
    borders = np.cumsum(fractions)
    for label in sorted(set(labels.tolist())):
        members = rng.permutation(np.nonzero(labels == label)[0])
        cuts = [0, *(round(float(b) * len(members)) for b in borders[:-1]), len(members)]
        for part, start, stop in zip(parts, cuts, cuts[1:], strict=False):
            part.extend(members[start:stop].tolist())
    for part in parts:
        rng.shuffle(part)
    return tuple(torch.tensor(part, dtype=torch.int64) for part in parts)


class CapstoneCNN(nn.Module):
    def __init__(self, num_classes: int = 3) -> None:
        super().__init__()
        blocks: OrderedDict[str, nn.Module] = OrderedDict()
        for number, (inside, outside) in enumerate([(3, 16), (16, 32), (32, 64)], start=1):
            blocks[f"conv{number}"] = nn.Conv2d(inside, outside, kernel_size=(3, 3), padding=(1, 1))
            blocks[f"relu{number}"] = nn.ReLU(inplace=True)
            blocks[f"pool{number}"] = nn.MaxPool2d(kernel_size=2, stride=2)
        self.features = nn.Sequential(blocks)
        self.classifier = nn.Sequential(
            OrderedDict(
                flatten=nn.Flatten(start_dim=1),
                hidden=nn.Linear(64 * 4 * 4, 128),
                relu=nn.ReLU(inplace=True),
                dropout=nn.Dropout(p=0.3),
                head=nn.Linear(128, num_classes),
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        return self.classifier(x)


def train_epoch(model, loader, criterion, optimizer, device) -> tuple[float, float]:
    model.train()
    total, correct, count = 0.0, 0, 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad(set_to_none=True)
        output = model(x)
        loss = criterion(output, y)
        loss.backward()
        optimizer.step()
        total += loss.item() * x.size(0)
        correct += int((output.argmax(dim=1) == y).sum())
        count += x.size(0)
    return total / count, correct / count


@torch.no_grad()
def evaluate(model, loader, criterion, device) -> tuple[float, float]:
    model.eval()
    total, correct, count = 0.0, 0, 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        output = model(x)
        total += criterion(output, y).item() * x.size(0)
        correct += int((output.argmax(dim=1) == y).sum())
        count += x.size(0)
    return total / count, correct / count


def fit(
    model: nn.Module,
    train_loader: DataLoader,
    val_loader: DataLoader,
    max_epochs: int = 20,
    patience: int = 3,
    lr: float = 1e-3,
    device: str = "cpu",
) -> dict[str, list[float] | int]:
    model = model.to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history: dict = {"train_loss": [], "train_acc": [], "val_loss": [], "val_acc": [], "best_epoch": -1}
    best_acc, best_state, bad_epochs = -float("inf"), copy.deepcopy(model.state_dict()), 0
    for epoch in range(max_epochs):
        train_loss, train_acc = train_epoch(model, train_loader, criterion, optimizer, device)
        val_loss, val_acc = evaluate(model, val_loader, criterion, device)
        history["train_loss"].append(train_loss)
        history["train_acc"].append(train_acc)
        history["val_loss"].append(val_loss)
        history["val_acc"].append(val_acc)
        if val_acc > best_acc:
            best_acc, best_state, bad_epochs = val_acc, copy.deepcopy(model.state_dict()), 0
            history["best_epoch"] = epoch
        else:
            bad_epochs += 1
            if bad_epochs >= patience:
                break
    model.load_state_dict(best_state)
    return history


def confusion_matrix(y_true: np.ndarray, y_pred: np.ndarray, num_classes: int) -> np.ndarray:
    if len(y_true) != len(y_pred):
        raise ValueError(f"y_true and y_pred have {len(y_true)} and {len(y_pred)} labels")
    y_true, y_pred = (np.asarray(labels, dtype=np.int64) for labels in (y_true, y_pred))
    for name, labels in {"y_true": y_true, "y_pred": y_pred}.items():
        if labels.size and (labels.min() < 0 or labels.max() >= num_classes):
            raise ValueError(f"{name} must lie between 0 and {num_classes - 1}")
    flat = np.bincount(y_true * num_classes + y_pred, minlength=num_classes**2)
    return flat.reshape(num_classes, num_classes)


def per_class_metrics(cm: np.ndarray) -> dict[str, np.ndarray]:
    tp = np.diag(cm).astype(float)
    fp, fn = cm.sum(axis=0) - tp, cm.sum(axis=1) - tp

    def safe(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
        return np.where(denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), 0.0)

    return {"precision": safe(tp, tp + fp), "recall": safe(tp, tp + fn), "f1": safe(2 * tp, 2 * tp + fp + fn)}


def accuracy(cm: np.ndarray) -> float:
    total = int(cm.sum())
    return float(np.trace(cm)) / total if total > 0 else 0.0


def macro_f1(cm: np.ndarray) -> float:
    return float(per_class_metrics(cm)["f1"].mean())
