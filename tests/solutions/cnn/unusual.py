"""Unusual but right: activations by clamping, measured after the epoch and on the CPU, gradients by hand."""

import functools

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn


class SimpleCNN(nn.Module):
    def __init__(self, num_classes: int = 10):
        nn.Module.__init__(self)
        self.features = nn.ModuleList([nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 32, 3, padding=1)])
        self.classifier = nn.ModuleDict({"hidden": nn.Linear(2048, 128), "out": nn.Linear(128, num_classes)})

    def forward(self, x):
        for conv in self.features:
            x = F.max_pool2d(F.relu(conv(x)), 2)
        return self.classifier["out"](self.classifier["hidden"](x.flatten(start_dim=1)).clamp(min=0))


def count_parameters(model):
    def walk(m, seen):
        for p in m.parameters(recurse=False):
            seen.add(p)
        for c in m.children():
            walk(c, seen)
        return seen

    ps = walk(model, set())
    return sum(map(torch.numel, ps)), sum(map(torch.numel, filter(lambda p: p.requires_grad, ps)))


def receptive_field(layers):
    return functools.reduce(lambda r, ks: (r - 1) * ks[1] + ks[0], layers[::-1], 1)


def train_epoch(model, loader, criterion, optimizer, device="cpu"):
    model.to(device).train()
    total = correct = seen = 0
    params = [p for p in model.parameters() if p.requires_grad]
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images)
        loss = criterion(logits, labels)
        grads = torch.autograd.grad(loss, params, allow_unused=True)
        for p, g in zip(params, grads, strict=False):
            p.grad = g
        optimizer.step()
        optimizer.zero_grad()
        total += loss.item() * images.size(0)
        correct += (logits.softmax(1).argmax(1) == labels).sum().item()
        seen += images.size(0)
    return total / seen, correct / seen


def evaluate(model, loader, device="cpu"):
    model.to(device)
    mode = model.training
    model.eval()
    try:
        with torch.no_grad():
            return sum((model(x.to(device)).argmax(1) == y.to(device)).sum().item() for x, y in loader) / sum(
                len(y) for _, y in loader
            )
    finally:
        model.train(mode)


def measure(model, loader, device):
    model.eval()
    losses, hits = [], []
    with torch.inference_mode():
        for x, y in loader:
            z = model(x.to(device)).cpu()
            losses.append(F.cross_entropy(z, y, reduction="none"))
            hits.append(z.argmax(1) == y)
    return torch.cat(losses).mean().item(), torch.cat(hits).double().mean().item()


def fit(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    model.to(device)
    optimizer = torch.optim.Adam(params=list(model.parameters()), lr=lr, betas=(0.9, 0.999))
    rows = []
    for _ in range(epochs):
        model.train()
        for x, y in train_loader:
            loss = F.cross_entropy(model(x.to(device)), y.to(device))
            optimizer.zero_grad(set_to_none=False)
            loss.backward()
            optimizer.step()
        rows.append((*measure(model, train_loader, device), measure(model, val_loader, device)[1]))
    return (
        dict(zip(["train_loss", "train_acc", "val_acc"], map(list, zip(*rows, strict=False)), strict=False))
        if rows
        else {k: [] for k in ["train_loss", "train_acc", "val_acc"]}
    )


def first_layer_filters(model):
    conv = next(m for m in model.modules() if isinstance(m, nn.Conv2d))
    return conv.weight.detach().clone().squeeze(1)


class Done(Exception):
    pass


def feature_maps(model, images, layer):
    found = []

    def hook(m, i, o):
        found.append(o.detach().clone())
        raise Done

    handle = model.get_submodule(layer).register_forward_hook(hook)
    mode = model.training
    model.eval()
    try:
        with torch.no_grad():
            model(images)
    except Done:
        pass
    finally:
        handle.remove()
        if mode:
            model.train()
    return found[0]
