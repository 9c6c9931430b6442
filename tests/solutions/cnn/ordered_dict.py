import collections
import math

import torch
import torch.nn as nn

# Named layers, nested blocks, inference_mode, figures measured after the epoch in eval mode.


def block(into, out):
    return nn.Sequential(
        collections.OrderedDict(
            conv=nn.Conv2d(into, out, 3, 1, 1), relu=nn.ReLU(inplace=True), pool=nn.MaxPool2d(2, 2)
        )
    )


class SimpleCNN(nn.Module):
    def __init__(self, num_classes=10):
        nn.Module.__init__(self)
        self.classifier = nn.Sequential(
            collections.OrderedDict(
                [
                    ("flatten", nn.Flatten(start_dim=1)),
                    ("hidden", nn.Sequential(nn.Linear(2048, 128), nn.ReLU())),
                    ("out", nn.Linear(128, num_classes)),
                ]
            )
        )
        self.features = nn.Sequential(collections.OrderedDict(block1=block(1, 16), block2=block(16, 32)))

    def forward(self, x):
        for part in (self.features, self.classifier):
            x = part(x)
        return x


def count_parameters(model):
    counts = {True: 0, False: 0}
    for _, parameter in model.named_parameters():
        counts[parameter.requires_grad] += math.prod(parameter.shape)
    return counts[True] + counts[False], counts[True]


def receptive_field(layers):
    side = 1
    for kernel, stride in reversed(layers):
        side = stride * (side - 1) + kernel
    return int(side)


@torch.inference_mode()
def figures(model, loader, device, criterion=None):
    model.eval()
    outputs = [(model(x.to(device)), y.to(device)) for x, y in loader]
    logits, labels = (torch.cat(parts) for parts in zip(*outputs, strict=True))
    accuracy = (logits.argmax(-1) == labels).to(torch.float64).mean().item()
    return accuracy if criterion is None else (criterion(logits, labels).item(), accuracy)


def train_epoch(model, loader, criterion, optimizer, device="cpu"):
    model = model.to(device)
    model.train(True)
    for x, y in loader:
        loss = criterion(model(x.to(device)), y.to(device))
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        optimizer.step()
    return figures(model, loader, device, criterion)


def evaluate(model, loader, device="cpu"):
    before = model.training
    try:
        return figures(model.to(device), loader, device)
    finally:
        model.train(before)


def fit(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    history = collections.defaultdict(list)
    model.to(device)
    adam = torch.optim.Adam(params=model.parameters(), lr=lr, betas=(0.9, 0.999))
    for _ in range(epochs):
        model.train()
        for x, y in train_loader:
            adam.zero_grad()
            nn.functional.cross_entropy(model(x.to(device)), y.to(device)).backward()
            adam.step()
        loss, accuracy = figures(model, train_loader, device, nn.functional.cross_entropy)
        history["train_loss"] += [loss]
        history["train_acc"] += [accuracy]
        history["val_acc"] += [figures(model, val_loader, device)]
    return history


def first_layer_filters(model):
    first = next(module for module in model.modules() if isinstance(module, nn.Conv2d))
    with torch.no_grad():
        return first.weight[:, 0, :, :].clone()


def feature_maps(model, images, layer):
    kept = []
    modules = dict(model.named_modules())
    training = model.training
    handle = modules[layer].register_forward_hook(lambda *args: kept.append(args[2].clone()))
    try:
        model.train(False)
        with torch.inference_mode():
            model.forward(images)
    finally:
        model.train(training)
        handle.remove()
    (maps,) = kept
    return maps
