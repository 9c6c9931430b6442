import copy
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn
from torch.nn import functional

# An object for everything: a dealer, a stopper, a meter, a report.


@dataclass
class Dealer:
    fractions: tuple
    seed: int
    rng: np.random.Generator = field(init=False)

    def __post_init__(self):
        total = float(np.sum(self.fractions))
        if total < 1 - 1e-9 or total > 1 + 1e-9 or any(np.asarray(self.fractions) <= 0):
            raise ValueError("Fractions must be positive and sum to 1 (fractions)")
        self.rng = np.random.default_rng(self.seed)

    def deal(self, n):
        """The part of each of n samples: always to the part that lacks most."""
        given = np.zeros(len(self.fractions))
        parts = []
        for count in range(1, n + 1):
            k = int(np.argmax(np.multiply(self.fractions, count) - given))
            given[k] += 1
            parts.append(k)
        return self.rng.permutation(parts)


def stratified_split(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    dealer = Dealer(tuple(fractions), seed)
    labels = np.asarray(labels)
    part_of = np.zeros(len(labels), dtype=np.int64)
    for value in np.unique(labels):
        mask = labels == value
        part_of[mask] = dealer.deal(int(mask.sum()))
    shuffled = dealer.rng.permutation(len(labels))
    return tuple(torch.from_numpy(shuffled[part_of[shuffled] == k]) for k in range(len(fractions)))


class CapstoneCNN(nn.Module):
    class Conv(nn.Module):
        def __init__(self, channels, filters):
            super().__init__()
            self.conv = nn.Conv2d(channels, filters, 3, padding=1)

        def forward(self, x):
            return functional.max_pool2d(functional.relu(self.conv(x), inplace=True), kernel_size=2)

    def __init__(self, num_classes=3):
        super().__init__()
        self.num_classes = num_classes
        self.features = nn.Sequential(self.Conv(3, 16), self.Conv(16, 32), self.Conv(32, 64), nn.Flatten())
        self.classifier = nn.Sequential(
            nn.Linear(1024, 128), nn.ReLU(), nn.Dropout(0.3, inplace=True), nn.Linear(128, num_classes)
        )

    def forward(self, images):
        return self.classifier(self.features(images))


class Meter:
    def __init__(self):
        self.loss, self.right, self.count = 0.0, 0, 0

    def add(self, logits, labels, loss):
        self.loss += loss.item() * labels.numel()
        self.right += torch.eq(logits.argmax(dim=-1), labels).sum().item()
        self.count += labels.numel()

    @property
    def figures(self):
        return self.loss / self.count, self.right / self.count


class Stopper:
    def __init__(self, patience):
        self.patience, self.best, self.epoch, self.state = patience, None, None, None

    def __call__(self, epoch, value, model):
        """Whether to stop."""
        if self.best is None or value > self.best:
            self.best, self.epoch, self.state = value, epoch, copy.deepcopy(model.state_dict())
        return epoch - self.epoch >= self.patience


class Trainer:
    def __init__(self, model, lr, device):
        self.model, self.device = model.to(device), device
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)

    def train(self, loader):
        meter = Meter()
        self.model.train()
        for batch in loader:
            images, labels = [each.to(self.device) for each in batch]
            self.optimizer.zero_grad()
            logits = self.model(images)
            loss = functional.nll_loss(functional.log_softmax(logits, dim=1), labels)
            loss.backward()
            self.optimizer.step()
            meter.add(logits, labels, loss)
        return meter.figures

    def validate(self, loader):
        meter = Meter()
        self.model.eval()
        with torch.no_grad():
            for batch in loader:
                images, labels = [each.to(self.device) for each in batch]
                logits = self.model(images)
                meter.add(logits, labels, functional.nll_loss(functional.log_softmax(logits, dim=1), labels))
        return meter.figures


def fit(model, train_loader, val_loader, max_epochs=20, patience=3, lr=1e-3, device="cpu"):
    trainer, stopper, history = Trainer(model, lr, device), Stopper(patience), defaultdict(list)
    for epoch in range(max_epochs):
        for name, (loss, acc) in {
            "train": trainer.train(train_loader),
            "val": trainer.validate(val_loader),
        }.items():
            history[f"{name}_loss"].append(loss)
            history[f"{name}_acc"].append(acc)
        if stopper(epoch, history["val_acc"][-1], model):
            break
    model.load_state_dict(stopper.state)
    history["best_epoch"] = stopper.epoch
    history["stopped"] = len(history["val_acc"]) < max_epochs
    return history


def confusion_matrix(y_true, y_pred, num_classes):
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_true.shape != y_pred.shape:
        raise ValueError(f"shapes of y_true {y_true.shape} and y_pred {y_pred.shape} differ")
    known = np.arange(num_classes)
    if not np.isin(y_true, known).all():
        raise ValueError("y_true: unknown class")
    if not np.isin(y_pred, known).all():
        raise ValueError("y_pred: unknown class")
    return np.array([[np.count_nonzero((y_true == t) & (y_pred == p)) for p in known] for t in known])


class Report:
    def __init__(self, cm):
        self.cm = np.array(cm, dtype=np.float64)
        self.tp = self.cm.diagonal()

    @staticmethod
    def ratio(a, b):
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.nan_to_num(a / b, nan=0.0, posinf=0.0)

    @property
    def precision(self):
        return self.ratio(self.tp, self.cm.sum(axis=0))

    @property
    def recall(self):
        return self.ratio(self.tp, self.cm.sum(axis=1))

    @property
    def f1(self):
        return self.ratio(2 * self.precision * self.recall, self.precision + self.recall)


def per_class_metrics(cm):
    report = Report(cm)
    return {name: getattr(report, name) for name in ("precision", "recall", "f1")}


def accuracy(cm):
    report = Report(cm)
    return float(report.ratio(report.tp.sum(), report.cm.sum()))


def macro_f1(cm):
    return Report(cm).f1.mean()
