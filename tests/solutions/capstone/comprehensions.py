from itertools import accumulate, count, pairwise

import numpy as np
import torch
from torch import nn, optim

# As few statements as possible; figures go through NumPy.


def stratified_split(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    if min(fractions) <= 0 or round(sum(fractions), 6) != 1:
        raise ValueError(f"{fractions=} must be positive and sum to 1")
    y, rng = np.asarray(labels), np.random.default_rng(seed)
    groups = [rng.permutation(np.flatnonzero(y == label)) for label in dict.fromkeys(y.tolist())]
    borders = [0, *accumulate(fractions)]
    borders[-1] = 1
    return tuple(
        torch.from_numpy(
            rng.permutation(np.concatenate([g[int(a * len(g)) : int(b * len(g))] for g in groups]))
        )
        for a, b in pairwise(borders)
    )


class CapstoneCNN(nn.Module):
    def __init__(self, num_classes: int = 3):
        super().__init__()
        self.features = nn.Sequential(
            *[
                layer
                for i, o in pairwise((3, 16, 32, 64))
                for layer in (nn.Conv2d(i, o, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
            ]
        )
        self.classifier = nn.Sequential(
            nn.Unflatten(1, (64, 1)), nn.Flatten(), nn.Linear(1024, 128), nn.ReLU(), nn.Dropout(0.3)
        )
        self.classifier.append(nn.Linear(128, num_classes))

    def forward(self, images):
        return nn.Sequential(self.features, self.classifier)(images)


def _pass(model, loader, device, optimizer=None):
    model.train(optimizer is not None)

    def batch(x, y):
        z = model(x.to(device))
        losses = nn.functional.cross_entropy(z, y.to(device), reduction="none")
        if optimizer:
            optimizer.zero_grad()
            losses.mean().backward()
            optimizer.step()
        return np.stack([losses.detach().cpu().numpy(), z.detach().cpu().numpy().argmax(1) == y.numpy()])

    with torch.set_grad_enabled(optimizer is not None):
        return np.concatenate([batch(x, y) for x, y in loader], axis=1, dtype=np.float64).mean(axis=1)


def fit(model, train_loader, val_loader, max_epochs=20, patience=3, lr=1e-3, device="cpu"):
    optimizer = optim.Adam(model.to(device).parameters(), lr=lr)
    figures, states = [], []
    for epoch in count():
        figures.append([*_pass(model, train_loader, device, optimizer), *_pass(model, val_loader, device)])
        states.append({k: v.clone() for k, v in model.state_dict().items()})
        best = int(np.argmax([row[3] for row in figures]))
        if epoch - best >= patience or epoch + 1 >= max_epochs:
            break
    model.load_state_dict(states[best])
    return dict(
        zip(("train_loss", "train_acc", "val_loss", "val_acc"), np.transpose(figures).tolist(), strict=True),
        best_epoch=best,
    )


def confusion_matrix(y_true, y_pred, num_classes):
    t, p = np.asarray(y_true).astype(int), np.asarray(y_pred).astype(int)
    if len(t) != len(p):
        raise ValueError(f"{len(y_true)=} {len(y_pred)=}")
    if any(not 0 <= each < num_classes for each in [*t, *p]):
        raise ValueError(f"y_true and y_pred must be in range({num_classes})")
    return np.histogram2d(t, p, bins=[np.arange(num_classes + 1)] * 2)[0].astype(np.int64)


def per_class_metrics(cm):
    tp, cols, rows = np.diag(cm), np.sum(cm, 0), np.sum(cm, 1)
    return {
        "precision": np.array([a / b if b else 0.0 for a, b in zip(tp, cols, strict=True)]),
        "recall": np.array([a / b if b else 0.0 for a, b in zip(tp, rows, strict=True)]),
        "f1": np.array([2 * a / b if b else 0.0 for a, b in zip(tp, cols + rows, strict=True)]),
    }


accuracy = lambda cm: float(np.trace(cm) / max(np.sum(cm), 1))  # noqa: E731


def macro_f1(cm):
    return np.average(per_class_metrics(cm)["f1"])
