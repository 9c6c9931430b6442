import numpy as np
import torch
from torch import nn

# NumPy wherever possible: the loss written out, the state kept as arrays, dropout by a mask of its own.


def stratified_split(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    f = np.asarray(fractions, dtype=np.longdouble)
    if np.any(f <= 0) or abs(f.sum() - 1) > 1e-8:
        raise ValueError("Every one of the fractions must be positive, and their sum 1.")
    _, codes, counts = np.unique(np.asarray(labels), return_inverse=True, return_counts=True)
    rng = np.random.default_rng(seed)
    key = rng.random(len(codes))
    order = np.lexsort((key, codes))  # by class, at random within each
    rank = np.empty(len(codes))
    rank[order] = np.concatenate([np.arange(n) for n in counts])
    place = (rank + 0.5) / counts[codes]
    part = np.digitize(place, np.cumsum(f)[:-1].astype(float))
    second = rng.permutation(len(codes))
    return tuple(torch.from_numpy(second[np.isin(second, np.flatnonzero(part == k))]) for k in range(len(f)))


class CapstoneCNN(nn.Module):
    # Dropout is drawn by hand in forward, as a mask over the hidden units.
    def __init__(self, num_classes=3):
        super().__init__()
        blocks = []
        for inside, outside in (3, 16), (16, 32), (32, 64):
            convolution = nn.Conv2d(inside, outside, 3, padding=1)
            blocks += [nn.Sequential(convolution, nn.ReLU()), nn.MaxPool2d(2)]
        self.features = nn.Sequential(*blocks)
        self.classifier = nn.Sequential(nn.Linear(1024, 128), nn.Linear(128, num_classes))
        nn.init.kaiming_normal_(self.classifier[0].weight)
        nn.init.zeros_(self.classifier[1].bias)

    def forward(self, x):
        hidden = self.classifier[0](self.features(x).reshape(len(x), 1024)).clamp(min=0)
        if self.training:
            mask = (torch.rand_like(hidden) >= 0.3).to(hidden.dtype)
            hidden = hidden * mask / 0.7
        return self.classifier[1](hidden)


def fit(model, train_loader, val_loader, max_epochs=20, patience=3, lr=1e-3, device="cpu"):
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=100)
    names = "train_loss train_acc val_loss val_acc".split()
    table = np.empty((0, 4))
    kept = None
    for epoch in range(max_epochs):
        line = []
        for loader in (train_loader, val_loader):
            learning = loader is train_loader
            model.train() if learning else model.eval()
            sums = np.zeros(3)
            for x, y in loader:
                x, y = x.to(device), y.to(device)
                with torch.enable_grad() if learning else torch.no_grad():
                    z = model(x)
                    loss = (torch.logsumexp(z, dim=1) - z[torch.arange(len(y), device=z.device), y]).mean()
                if learning:
                    for p in model.parameters():
                        p.grad = None
                    loss.backward()
                    optimizer.step()
                right = z.detach().cpu().numpy().argmax(axis=1) == y.cpu().numpy()
                sums += np.array([loss.item() * len(right), right.sum(), len(right)])
            line += [sums[0] / sums[2], sums[1] / sums[2]]
        scheduler.step(line[2])
        if not len(table) or line[3] > table[:, 3].max():
            kept = (epoch, {k: v.cpu().numpy().copy() for k, v in model.state_dict().items()})
        table = np.vstack([table, line])
        if epoch - kept[0] >= patience:
            break
    model.load_state_dict({k: torch.from_numpy(np.asarray(v)) for k, v in kept[1].items()})
    return {
        **{name: list(column) for name, column in zip(names, table.T, strict=True)},
        "best_epoch": np.int64(kept[0]),
    }


def confusion_matrix(y_true, y_pred, num_classes):
    t, p = np.array(y_true, dtype=np.int64), np.array(y_pred, dtype=np.int64)
    if t.shape[0] != p.shape[0]:
        raise ValueError("y_true and y_pred do not fit together")
    try:
        cells = np.ravel_multi_index((t, p), (num_classes, num_classes), mode="raise")
    except ValueError:
        raise ValueError("a label in y_true or y_pred is no class") from None
    cm = np.zeros(num_classes * num_classes, dtype=np.int32)
    which, how_often = np.unique(cells, return_counts=True)
    cm[which] = how_often
    return cm.reshape(num_classes, num_classes)


def per_class_metrics(cm):
    hits = np.diag(cm)
    result = {}
    for name, total in (("precision", cm.sum(0)), ("recall", cm.sum(1)), ("f1", (cm.sum(0) + cm.sum(1)) / 2)):
        values = np.zeros(len(hits))
        defined = np.nonzero(total)
        values[defined] = hits[defined] / total[defined]
        result[name] = values
    return result


def accuracy(cm):
    weights = np.asarray(cm)
    return np.average(np.eye(len(weights)), weights=weights) if weights.any() else np.float64(0)


def macro_f1(cm):
    return np.asarray(per_class_metrics(cm)["f1"]).mean()
