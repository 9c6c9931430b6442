# Ada solved everything, in her own style.


def stratified_split(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    if any(not f > 0 for f in fractions) or abs(sum(fractions) - 1) > 1e-6:
        raise ValueError(f"fractions must be positive and sum to 1, got {fractions}")
    labels = torch.as_tensor(labels)
    generator = torch.Generator().manual_seed(seed)
    edges = torch.tensor(fractions, dtype=torch.float64).cumsum(0)[:-1]
    parts = [[] for _ in fractions]
    for value in labels.unique():
        members = (labels == value).nonzero().flatten()
        members = members[torch.randperm(len(members), generator=generator)]
        cuts = (edges * len(members)).round().long()
        for part, piece in zip(parts, members.tensor_split(cuts)):
            part.append(piece)
    joined = [torch.cat(pieces) for pieces in parts]
    return tuple(part[torch.randperm(len(part), generator=generator)] for part in joined)


class CapstoneCNN(nn.Module):
    """Three blocks that halve the image, then two linear layers."""

    def __init__(self, num_classes=3):
        super().__init__()
        layers = []
        for before, after in ((3, 16), (16, 32), (32, 64)):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        self.features = nn.Sequential(*layers)
        hidden = [nn.Linear(1024, 128), nn.ReLU(), nn.Dropout(p=0.3)]
        self.classifier = nn.Sequential(nn.Flatten(), *hidden, nn.Linear(128, num_classes))

    def forward(self, images):
        return self.classifier(self.features(images))


def fit(model, train_loader, val_loader, max_epochs=20, patience=3, lr=1e-3, device="cpu"):
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = {"train_loss": [], "train_acc": [], "val_loss": [], "val_acc": []}
    best, best_state = -1.0, None

    def one_pass(loader, learn):
        model.train(learn)
        loss_sum = hits = count = 0
        with torch.set_grad_enabled(learn):
            for x, y in loader:
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = nn.functional.cross_entropy(logits, y)
                if learn:
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                loss_sum += loss.item() * len(y)
                hits += (logits.argmax(1) == y).sum().item()
                count += len(y)
        return loss_sum / count, hits / count

    for epoch in range(max_epochs):
        for name, loader in (("train", train_loader), ("val", val_loader)):
            loss, accuracy = one_pass(loader, name == "train")
            history[f"{name}_loss"].append(loss)
            history[f"{name}_acc"].append(accuracy)
        if accuracy > best:
            best, history["best_epoch"] = accuracy, epoch
            best_state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        elif epoch - history["best_epoch"] >= patience:
            break
    model.load_state_dict(best_state)
    return history


def confusion_matrix(y_true, y_pred, num_classes):
    y_true, y_pred = np.asarray(y_true).astype(np.int64), np.asarray(y_pred).astype(np.int64)
    if y_true.shape != y_pred.shape:
        raise ValueError("y_true and y_pred must have the same length")
    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        if ((labels < 0) | (labels >= num_classes)).any():
            raise ValueError(f"{name} has a label outside 0 … num_classes - 1")
    cells = np.bincount(y_true * num_classes + y_pred, minlength=num_classes**2)
    return cells.reshape(num_classes, num_classes)


def per_class_metrics(cm):
    cm = np.asarray(cm, dtype=float)
    right, actual, predicted = np.diag(cm), cm.sum(axis=1), cm.sum(axis=0)

    def share(part, whole):
        return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)

    return {
        "precision": share(right, predicted),
        "recall": share(right, actual),
        "f1": share(2 * right, actual + predicted),
    }


def accuracy(cm):
    cm = np.asarray(cm)
    return float(np.trace(cm) / cm.sum()) if cm.sum() else 0.0


def macro_f1(cm):
    return float(per_class_metrics(cm)["f1"].mean())


ANSWER = "The test set may be used once; whoever chooses with it has no unseen images left."
