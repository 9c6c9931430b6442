import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.optim import Adam

# Only layers with weights are modules, the rest is functional. Figures are measured after the epoch.


def stratified_split(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    fractions = list(fractions)
    if not all(f > 0 for f in fractions):
        raise ValueError("all fractions must be positive")
    if not np.isclose(np.sum(fractions), 1.0):
        raise ValueError(f"the fractions sum to {np.sum(fractions)}, not to 1")
    y = np.array(labels)
    rng = np.random.RandomState(seed)
    owner = np.empty(len(y), dtype=int)
    for c in np.unique(y):
        where = np.where(y == c)[0]
        # Sample i of n lies at (i + 1/2) / n of the way; the part is where that is.
        position = (np.arange(len(where)) + 0.5) / len(where)
        owner[where] = rng.permutation(np.searchsorted(np.cumsum(fractions)[:-1], position))
    order = rng.permutation(len(y))
    return tuple(torch.as_tensor(order[owner[order] == k]).long() for k in range(len(fractions)))


class CapstoneCNN(nn.Module):
    """Holds what has parameters; the rest is in `forward`."""

    def __init__(self, num_classes: int = 3) -> None:
        super().__init__()
        self.features = nn.ModuleList(
            [
                nn.Conv2d(3, 16, 3, padding="same"),
                nn.Conv2d(16, 32, 3, padding="same"),
                nn.Conv2d(32, 64, 3, 1, 1),
            ]
        )
        self.classifier = nn.ModuleDict({"hidden": nn.Linear(1024, 128), "out": nn.Linear(128, num_classes)})

    def forward(self, images):
        x = images
        for conv in self.features:
            x = functional.max_pool2d(torch.relu(conv(x)), 2)
        x = x.view(x.size(0), -1)
        x = functional.relu(self.classifier["hidden"](x))
        x = functional.dropout(x, p=0.3, training=self.training)
        return self.classifier["out"](x)


def fit(model, train_loader, val_loader, max_epochs=20, patience=3, lr=1e-3, device="cpu"):
    model.to(device)
    opt = Adam(model.parameters(), lr)
    history = {key: [] for key in ("train_loss", "train_acc", "val_loss", "val_acc")}
    best_acc, best_epoch, best_weights = None, None, None

    def measure(loader):
        model.eval()
        outputs, targets = [], []
        with torch.inference_mode():
            for x, y in loader:
                outputs.append(model(x.to(device)))
                targets.append(y.to(device))
        outputs, targets = torch.cat(outputs), torch.cat(targets)
        return functional.cross_entropy(outputs, targets).item(), (
            outputs.argmax(-1) == targets
        ).double().mean().item()

    epoch = 0
    while epoch < max_epochs:
        model.train()
        for x, y in train_loader:
            opt.zero_grad()
            functional.cross_entropy(model(x.to(device)), y.to(device)).backward()
            opt.step()
        for name, loader in ("train", train_loader), ("val", val_loader):
            loss, acc = measure(loader)
            history[name + "_loss"] += [loss]
            history[name + "_acc"] += [acc]
        if best_acc is None or acc > best_acc:
            best_acc, best_epoch = acc, epoch
            best_weights = {k: v.detach().clone() for k, v in model.state_dict().items()}
        if epoch - best_epoch == patience:
            break
        epoch += 1
    model.load_state_dict(best_weights)
    history["best_epoch"] = best_epoch
    return history


def confusion_matrix(y_true, y_pred, num_classes):
    if len(y_true) != len(y_pred):
        raise ValueError("y_true and y_pred must have the same length")
    cm = np.zeros((num_classes, num_classes), dtype=int)
    for t, p in zip(y_true, y_pred, strict=True):
        t, p = int(t), int(p)
        if not 0 <= t < num_classes:
            raise ValueError(f"label {t} in y_true is no class")
        if not 0 <= p < num_classes:
            raise ValueError(f"label {p} in y_pred is no class")
        cm[t, p] += 1
    return cm


def per_class_metrics(cm):
    n = len(cm)
    precision, recall, f1 = np.zeros(n), np.zeros(n), np.zeros(n)
    for k in range(n):
        tp, predicted, actual = cm[k, k], cm[:, k].sum(), cm[k, :].sum()
        if predicted:
            precision[k] = tp / predicted
        if actual:
            recall[k] = tp / actual
        if tp:
            f1[k] = 2 * precision[k] * recall[k] / (precision[k] + recall[k])
    return {"precision": precision, "recall": recall, "f1": f1}


def accuracy(cm):
    if not np.any(cm):
        return 0.0
    return (np.diagonal(cm).sum() / np.asarray(cm).sum()).item()


def macro_f1(cm):
    f1 = per_class_metrics(cm)["f1"]
    return sum(f1.tolist()) / len(f1)
