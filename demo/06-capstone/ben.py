# Ben keeps the best weights by reference, and turns his confusion matrix round.


class CapstoneCNN(nn.Module):
    # (3, 32, 32) -> (16, 16, 16) -> (32, 8, 8) -> (64, 4, 4)
    def __init__(self, num_classes=3):
        super().__init__()
        conv1 = nn.Conv2d(3, 16, 3, padding=1)
        conv2 = nn.Conv2d(16, 32, 3, padding=1)
        conv3 = nn.Conv2d(32, 64, 3, padding=1)
        self.features = nn.Sequential(
            conv1, nn.ReLU(), nn.MaxPool2d(2),
            conv2, nn.ReLU(), nn.MaxPool2d(2),
            conv3, nn.ReLU(), nn.MaxPool2d(2),
        )
        fc1 = nn.Linear(64 * 4 * 4, 128)
        fc2 = nn.Linear(128, num_classes)
        self.classifier = nn.Sequential(nn.Flatten(), fc1, nn.ReLU(), fc2)

    def forward(self, images):
        out = self.features(images)
        return self.classifier(out)


def fit(model, train_loader, val_loader, max_epochs=20, patience=3, lr=1e-3, device="cpu"):
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = {"train_loss": [], "train_acc": [], "val_loss": [], "val_acc": [], "best_epoch": 0}
    best, best_state, waited = -1.0, None, 0
    for epoch in range(max_epochs):
        for name, loader in (("train", train_loader), ("val", val_loader)):
            model.train(name == "train")
            loss_sum = hits = count = 0
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                logits = model(images)
                loss = nn.functional.cross_entropy(logits, labels)
                if name == "train":
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                loss_sum += loss.item() * len(labels)
                hits += (logits.argmax(1) == labels).sum().item()
                count += len(labels)
            history[f"{name}_loss"].append(loss_sum / count)
            history[f"{name}_acc"].append(hits / count)
        if history["val_acc"][-1] > best:
            best, waited = history["val_acc"][-1], 0
            best_state = model.state_dict()
            history["best_epoch"] = epoch
        else:
            waited += 1
            if waited >= patience:
                break
    model.load_state_dict(best_state)
    return history


def confusion_matrix(y_true, y_pred, num_classes):
    cm = np.zeros((num_classes, num_classes), dtype=int)
    for t, p in zip(y_true, y_pred):
        cm[p, t] += 1
    return cm


def per_class_metrics(cm):
    right = np.diag(cm)
    precision = right / cm.sum(axis=0)
    recall = right / cm.sum(axis=1)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall)}
