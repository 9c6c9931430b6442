import functools
import itertools

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

# Modules hold parameters, functions compute: F everywhere, and gradients by torch.autograd.grad.


class SimpleCNN(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        channels = itertools.pairwise((1, 16, 32))
        self.features = nn.ModuleList(nn.Conv2d(a, b, (3, 3), padding="same") for a, b in channels)
        self.classifier = nn.ModuleDict({"hidden": nn.LazyLinear(128), "out": nn.Linear(128, num_classes)})

    def forward(self, images):
        maps = functools.reduce(lambda x, conv: F.max_pool2d(F.relu(conv(x)), 2), self.features, images)
        return self.classifier["out"](F.relu(self.classifier["hidden"](maps.reshape(len(maps), -1))))


def count_parameters(model):
    unique = {id(p): p for module in model.modules() for p in module._parameters.values() if p is not None}
    sizes = [(p.nelement(), p.requires_grad) for p in unique.values()]
    return sum(n for n, _ in sizes), sum(n for n, trainable in sizes if trainable)


def receptive_field(layers):
    if len(layers) == 0:
        return 1
    (kernel, stride), *rest = layers
    return (receptive_field(rest) - 1) * stride + kernel


def batches(loader, device):
    for batch in loader:
        yield tuple(tensor.to(device) for tensor in batch)


def train_epoch(model, loader, criterion, optimizer, device="cpu"):
    model.to(device).train()
    losses, hits = [], []
    for images, labels in batches(loader, device):
        logits = model(images)
        loss = criterion(logits, labels)
        parameters = [p for p in model.parameters() if p.requires_grad]
        for p, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            p.grad = gradient
        optimizer.step()
        losses.append(loss.detach().expand(len(labels)))
        hits.append(logits.detach().max(dim=1).indices == labels)
    return torch.cat(losses).mean().item(), torch.cat(hits).float().mean().item()


@torch.no_grad()
def evaluate(model, loader, device="cpu"):
    model.to(device).eval()
    return torch.cat([model(x).argmax(1).eq(y) for x, y in batches(loader, device)]).double().mean().item()


def fit(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    """Adam by hand."""
    model.to(device)
    parameters = list(model.parameters())
    first, second = ([torch.zeros_like(p) for p in parameters] for _ in range(2))
    steps = itertools.count(1)

    class Adam:
        @torch.no_grad()
        def step(self):
            t = next(steps)
            for p, m, v in zip(parameters, first, second, strict=True):
                m.lerp_(p.grad, 0.1)
                v.mul_(0.999).addcmul_(p.grad, p.grad, value=0.001)
                p.sub_(lr * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8))

    rows = []
    for _ in range(epochs):
        trained = train_epoch(model, train_loader, F.cross_entropy, Adam(), device)
        rows.append((*trained, evaluate(model, val_loader, device)))
    return {
        key: [row[column] for row in rows]
        for column, key in enumerate(("train_loss", "train_acc", "val_acc"))
    }


def first_layer_filters(model):
    return next(model.parameters()).detach().reshape(16, 3, 3).clone()


@torch.no_grad()
def feature_maps(model, images, layer):
    class Done(Exception):
        pass

    def hook(module, inputs, output):
        raise Done(output.clone())

    module = functools.reduce(getattr, layer.split("."), model)
    training, handle = model.training, module.register_forward_hook(hook)
    model.eval()
    try:
        model(images)
    except Done as done:
        return done.args[0]
    finally:
        handle.remove()
        model.train(training)
