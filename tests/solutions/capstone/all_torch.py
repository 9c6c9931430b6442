import io

import numpy as np
import torch
from torch import nn

# PyTorch for everything, matrices too; the best state is kept as bytes, tensors stay tensors in the history.


def stratified_split(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    shares = torch.tensor(fractions, dtype=torch.float64)
    if (shares <= 0).any() or not torch.isclose(shares.sum(), torch.ones((), dtype=torch.float64)):
        raise ValueError("fractions")
    labels = labels.clone() if torch.is_tensor(labels) else torch.tensor(np.asarray(labels).copy())
    generator = torch.Generator().manual_seed(seed)
    parts = [torch.empty(0, dtype=torch.long) for _ in fractions]
    for label in labels.unique():
        members = (labels == label).nonzero().squeeze(1)
        members = members[torch.randperm(len(members), generator=generator)]
        counts = torch.diff(
            (shares.cumsum(0) * len(members)).round().long(), prepend=torch.zeros(1, dtype=torch.long)
        )
        parts = [torch.cat(pair) for pair in zip(parts, members.split(counts.tolist()), strict=True)]
    return tuple(part[torch.randperm(len(part), generator=generator)] for part in parts)


class Block(nn.Sequential):
    def __init__(self, i, o):
        super().__init__(nn.Conv2d(i, o, 3, padding=1), nn.MaxPool2d(2), nn.ReLU())  # max and ReLU commute


class CapstoneCNN(nn.Module):
    def __init__(self, num_classes: int = 3):
        nn.Module.__init__(self)
        self.features = nn.Sequential(Block(3, 16), Block(16, 32), Block(32, 64))
        dense = nn.Sequential(nn.Linear(1024, 128), nn.ReLU())
        last = nn.Sequential(nn.Dropout(0.3), nn.Linear(128, num_classes))
        self.classifier = nn.Sequential(nn.Flatten(), dense, last)

    def forward(self, images):
        maps = self.features(images)
        return self.classifier(maps)


def fit(model, train_loader, val_loader, max_epochs=20, patience=3, lr=1e-3, device="cpu"):
    device = torch.device(device)
    model.to(device)
    loss_function = nn.CrossEntropyLoss(reduction="none")
    optimizer = torch.optim.Adam(
        [p for p in model.parameters() if p.requires_grad], lr=lr, betas=(0.9, 0.999)
    )
    history = {
        "train_loss": [],
        "train_acc": [],
        "val_loss": [],
        "val_acc": [],
        "best_epoch": torch.tensor(0),
    }

    def sweep(loader, learn):
        losses, hits = [], []
        for batch in loader:
            x, y = (part.to(device, non_blocking=True) for part in batch)
            scores = model(x)
            loss = loss_function(scores, y)
            if learn:
                loss.mean().backward()
                optimizer.step()
                optimizer.zero_grad()
            losses.append(loss.detach())
            hits.append(scores.detach().max(1).indices.eq(y))
        return torch.cat(losses).mean(), torch.cat(hits).double().mean()

    optimizer.zero_grad()
    best = io.BytesIO()
    record = torch.tensor(-1.0)
    since = 0
    for epoch in range(max_epochs):
        model.train()
        loss, acc = sweep(train_loader, True)
        history["train_loss"].append(loss)
        history["train_acc"].append(acc)
        model.eval()
        with torch.no_grad():
            loss, acc = sweep(val_loader, False)
        history["val_loss"].append(loss)
        history["val_acc"].append(acc)
        since += 1
        if acc > record:
            record, since = acc, 0
            history["best_epoch"] = torch.tensor(epoch)
            best = io.BytesIO()
            torch.save(model.state_dict(), best)
        if since == patience:
            break
    best.seek(0)
    model.load_state_dict(torch.load(best))
    return history


def confusion_matrix(y_true, y_pred, num_classes):
    if len(y_true) != len(y_pred):
        raise ValueError("y_pred must be as long as y_true")
    true, pred = (torch.from_numpy(np.asarray(y).astype("int64")) for y in (y_true, y_pred))
    if ((true < 0) | (true >= num_classes)).any() or ((pred < 0) | (pred >= num_classes)).any():
        raise ValueError("y_true and y_pred must be below num_classes, and not negative")
    return torch.bincount(num_classes * true + pred, minlength=num_classes**2).view(num_classes, -1).numpy()


def per_class_metrics(cm):
    cm = torch.as_tensor(cm).double()
    tp = cm.diagonal()

    def share(of):
        return torch.where(of > 0, tp / of.clamp(min=1), torch.zeros_like(tp))

    return {
        "precision": share(cm.sum(0)).numpy(),
        "recall": share(cm.sum(1)).numpy(),
        "f1": (2 * share(cm.sum(0) + cm.sum(1))).numpy(),
    }


def accuracy(cm):
    cm = torch.as_tensor(cm).double()
    return (cm.trace() / cm.sum().clamp(min=1)).item()


def macro_f1(cm):
    return torch.from_numpy(per_class_metrics(cm)["f1"]).mean().item()
