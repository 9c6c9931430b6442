from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import nn

# Objects for everything: a meter that weighs, a trainer, context managers, callable instances.


class Features(nn.Sequential):
    def __init__(self, *widths):
        super().__init__()
        for number, (into, out) in enumerate(pairwise(widths), 1):
            self.add_module(f"conv{number}", nn.Conv2d(into, out, 3, padding=1))
            self.add_module(f"relu{number}", nn.ReLU())
            self.add_module(f"pool{number}", nn.MaxPool2d(2))


class Classifier(nn.Module):
    def __init__(self, inputs, hidden, classes):
        super().__init__()
        self.hidden, self.out = nn.Linear(inputs, hidden), nn.Linear(hidden, classes)

    def forward(self, maps):
        return self.out(torch.relu(self.hidden(maps.flatten(start_dim=1))))


class SimpleCNN(nn.Module):
    def __init__(self, num_classes: int = 10):
        super().__init__()
        self.features = Features(1, 16, 32)
        self.classifier = Classifier(2048, 128, num_classes)

    def forward(self, images):
        return self.classifier(self.features(images))


class CountParameters:
    def __call__(self, model):
        return self.count(model, lambda p: True), self.count(model, lambda p: p.requires_grad)

    @staticmethod
    def count(model, condition):
        return sum(p.numel() for p in filter(condition, set(model.parameters())))


count_parameters = CountParameters()


@dataclass
class Field:
    size: int = 1
    jump: int = 1

    def behind(self, kernel, stride):
        return Field(self.size + (kernel - 1) * self.jump, self.jump * stride)


def receptive_field(layers):
    field_ = Field()
    for layer in layers:
        field_ = field_.behind(*layer)
    return field_.size


@dataclass
class Meter:
    """A mean in which each value has a weight."""

    total: float = 0.0
    weight: int = 0

    def add(self, value, weight):
        self.total += float(value) * weight
        self.weight += weight

    @property
    def mean(self):
        return self.total / self.weight


@contextmanager
def mode(model, training):
    before = model.training
    model.train(training)
    try:
        yield model
    finally:
        model.train(before)


@dataclass
class Trainer:
    model: nn.Module
    device: str
    optimizer: torch.optim.Optimizer | None = None
    criterion: nn.Module = field(default_factory=nn.CrossEntropyLoss)

    def run(self, loader, train):
        loss_meter, accuracy_meter = Meter(), Meter()
        self.model.to(self.device)
        with mode(self.model, train), torch.set_grad_enabled(train):
            for images, labels in loader:
                loss, accuracy = self.batch(images.to(self.device), labels.to(self.device), train)
                loss_meter.add(loss, len(labels))
                accuracy_meter.add(accuracy, len(labels))
        return loss_meter.mean, accuracy_meter.mean

    def batch(self, images, labels, train):
        logits = self.model(images)
        loss = self.criterion(logits, labels)
        if train:
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return loss.item(), (logits.argmax(dim=-1) == labels).float().mean().item()


def train_epoch(model, loader, criterion, optimizer, device="cpu"):
    return Trainer(model, device, optimizer, criterion).run(loader, train=True)


def evaluate(model, loader, device="cpu"):
    return Trainer(model, device).run(loader, train=False)[1]


class History(dict):
    def __init__(self):
        super().__init__(train_loss=[], train_acc=[], val_acc=[])

    def add(self, **figures):
        for name, figure in figures.items():
            self[name].append(figure)


def fit(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    model.to(device)
    trainer, history = Trainer(model, device, torch.optim.Adam(model.parameters(), lr=lr)), History()
    while len(history["val_acc"]) < epochs:
        loss, accuracy = trainer.run(train_loader, train=True)
        history.add(train_loss=loss, train_acc=accuracy, val_acc=trainer.run(val_loader, train=False)[1])
    return history


def first_layer_filters(model):
    return model.get_parameter("features.0.weight").data.clone().squeeze(dim=1)


class Tap:
    """Keeps what a module gives while the tap is open."""

    def __init__(self, module):
        self.module = module

    def __enter__(self):
        self.handle = self.module.register_forward_hook(self)
        return self

    def __call__(self, module, inputs, output):
        self.output = output.detach()

    def __exit__(self, *exception):
        self.handle.remove()


def feature_maps(model, images, layer):
    with ExitStack() as stack:
        tap = stack.enter_context(Tap(model.get_submodule(layer)))
        stack.enter_context(mode(model, training=False))
        stack.enter_context(torch.inference_mode())
        model(images)
    return tap.output
