from math import prod

import torch
from torch import nn

# As few lines as possible.

SimpleCNN = type(
    "SimpleCNN",
    (nn.Module,),
    {
        "__init__": lambda self, num_classes=10: (
            nn.Module.__init__(self),
            setattr(
                self,
                "features",
                nn.Sequential(
                    *(
                        layer
                        for a, b in ((1, 16), (16, 32))
                        for layer in (nn.Conv2d(a, b, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
                    )
                ),
            ),
            setattr(
                self,
                "classifier",
                nn.Sequential(nn.Flatten(), nn.Linear(2048, 128), nn.ReLU(), nn.Linear(128, num_classes)),
            ),
        )[0],
        "forward": lambda self, x: self.classifier(self.features(x)),
    },
)

count_parameters = lambda model: tuple(  # noqa: E731
    sum(p.numel() for p in model.parameters() if p.requires_grad or everything) for everything in (1, 0)
)


def receptive_field(layers):
    return 1 + sum((k - 1) * prod(s for _, s in layers[:i]) for i, (k, _) in enumerate(layers))


def on(device, loader):
    return ((x.to(device), y.to(device)) for x, y in loader)


def train_epoch(model, loader, criterion, optimizer, device="cpu"):
    def step(x, y):
        optimizer.zero_grad()
        (loss := criterion(logits := model(x), y)).backward()
        optimizer.step()
        return torch.tensor([loss * len(y), (logits.argmax(1) == y).sum(), len(y)])

    model.to(device).train()
    loss, hits, count = sum(step(x, y) for x, y in on(device, loader)).tolist()
    return loss / count, hits / count


def evaluate(model, loader, device="cpu"):
    with torch.no_grad():
        model.to(device).eval()
        hits = [hit for x, y in on(device, loader) for hit in (model(x).argmax(1) == y).tolist()]
        return sum(hits) / len(hits)


def fit(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    adam = torch.optim.Adam(model.to(device).parameters(), lr=lr)
    rows = [
        (
            *train_epoch(model, train_loader, nn.CrossEntropyLoss(), adam, device),
            evaluate(model, val_loader, device),
        )
        for _ in range(epochs)
    ]
    return {key: [row[i] for row in rows] for i, key in enumerate(("train_loss", "train_acc", "val_acc"))}


first_layer_filters = lambda model: model.features[0].weight.clone().detach()[:, 0]  # noqa: E731


def feature_maps(model, images, layer, kept=None):
    kept, was = [], model.training
    handle = model.get_submodule(layer).register_forward_hook(lambda *each: kept.append(each[-1]))
    try:
        with torch.no_grad():
            model.eval()(images)
        return kept.pop()
    finally:
        handle.remove(), model.train(was)
