from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

# As a textbook has it, with type hints; `fit` is made of `train_epoch` and `evaluate`.


class SimpleCNN(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(in_channels=1, out_channels=16, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=2),
            nn.Conv2d(in_channels=16, out_channels=32, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(in_features=2048, out_features=128),
            nn.ReLU(),
            nn.Linear(in_features=128, out_features=num_classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        maps = self.features(images)
        return self.classifier(maps)


def count_parameters(model: nn.Module) -> tuple[int, int]:
    total = sum(p.numel() for p in model.parameters())
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return total, trainable


def receptive_field(layers: list[tuple[int, int]]) -> int:
    field, jump = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump *= stride
    return field


def train_epoch(
    model: nn.Module,
    loader: DataLoader,
    criterion: nn.Module,
    optimizer: torch.optim.Optimizer,
    device: str = "cpu",
) -> tuple[float, float]:
    model.to(device)
    model.train()
    total_loss, correct, seen = 0.0, 0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        logits = model(images)
        loss = criterion(logits, labels)
        loss.backward()
        optimizer.step()
        total_loss += loss.item() * images.size(0)
        correct += (logits.argmax(dim=1) == labels).sum().item()
        seen += images.size(0)
    return total_loss / seen, correct / seen


def evaluate(model: nn.Module, loader: DataLoader, device: str = "cpu") -> float:
    model.to(device)
    model.eval()
    correct, seen = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            correct += (model(images).argmax(dim=1) == labels).sum().item()
            seen += images.size(0)
    return correct / seen


def fit(
    model: nn.Module,
    train_loader: DataLoader,
    val_loader: DataLoader,
    epochs: int = 10,
    lr: float = 1e-3,
    device: str = "cpu",
) -> dict[str, list[float]]:
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    history: dict[str, list[float]] = {"train_loss": [], "train_acc": [], "val_acc": []}
    for _ in range(epochs):
        loss, acc = train_epoch(model, train_loader, criterion, optimizer, device)
        history["train_loss"].append(loss)
        history["train_acc"].append(acc)
        history["val_acc"].append(evaluate(model, val_loader, device))
    return history


def first_layer_filters(model: nn.Module) -> Tensor:
    return model.features[0].weight.detach().clone().squeeze(1)


def feature_maps(model: nn.Module, images: Tensor, layer: str) -> Tensor:
    captured: dict[str, Tensor] = {}

    def hook(module: nn.Module, inputs: tuple, output: Tensor) -> None:
        captured["maps"] = output.detach()

    handle = model.get_submodule(layer).register_forward_hook(hook)
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            model(images)
    finally:
        handle.remove()
        model.train(was_training)
    return captured["maps"]
