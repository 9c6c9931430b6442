import numpy as np
from torch import nn, no_grad
from torch.optim import Adam

# Batches are taken from the loader by hand, the step is a closure, and `forward` is called by its name.


def replace_head(model, num_classes):
    with no_grad():
        new = nn.Linear(model.fc.in_features, num_classes)
        if model.fc.weight.is_floating_point():
            new = new.to(model.fc.weight.dtype)
        for parameter in new.parameters():
            parameter.data = parameter.data.to(model.fc.weight.device)
    model.register_module("fc", new)
    return model


def freeze_backbone(model):
    stack = [(name, child) for name, child in model.named_children()]
    model.requires_grad_(False)
    while stack:
        name, child = stack.pop()
        child.requires_grad_(name == "fc" and child is model.fc)
    return model


def trainable_summary(model):
    state = dict(model.named_parameters())
    sizes = {name: int(np.prod(parameter.shape, dtype=np.int64)) for name, parameter in state.items()}
    return [sum(sizes[name] for name in sizes if state[name].requires_grad), sum(sizes.values())]


def extract_features(model, images):
    original_forward = model.fc.forward
    seen = []

    def spy(features):
        seen.append(features.detach().clone())
        return original_forward(features)

    before = model.training
    model.fc.forward = spy
    model.eval()
    with no_grad():
        model(images)
    del model.fc.forward
    if before:
        model.train()
    else:
        model.eval()
    return seen[-1]


def unfreeze(model, layer):
    wanted = {id(p) for name, m in model.named_modules() if name == layer for p in m.parameters()}
    for p in model.parameters():
        p.requires_grad = p.requires_grad or id(p) in wanted
    return model


def make_optimizer(model, head_lr, backbone_lr):
    head = list(filter(lambda p: p.requires_grad, model.fc.parameters()))
    others = [p for p in model.parameters() if p.requires_grad and all(p is not h for h in head)]
    settings = [{"params": head, "lr": head_lr}]
    if others:
        settings.insert(0, {"params": others, "lr": backbone_lr})
    return Adam(settings, lr=1e-3)


def train_head(model, loader, epochs=5, lr=1e-2, device="cpu"):
    model.to(device)
    optimizer = Adam(model.parameters(), lr=lr)  # those without gradients are skipped
    learning = {name for name, p in model.named_parameters() if p.requires_grad}
    whole = all(name in learning for name, _ in model.named_parameters())
    model.train(whole)
    losses = []
    for _ in range(epochs):
        batches, sums, count = iter(loader), 0.0, 0
        while True:
            try:
                images, labels = next(batches)
            except StopIteration:
                break
            images, labels = images.to(device), labels.to(device)

            def closure(images=images, labels=labels):
                optimizer.zero_grad()
                error = nn.CrossEntropyLoss(reduction="mean")(model.forward(images), labels)
                error.backward()
                return error

            sums += optimizer.step(closure).detach() * labels.shape[0]
            count += labels.shape[0]
        losses.append(sums / count)
    return [loss.item() for loss in losses]
