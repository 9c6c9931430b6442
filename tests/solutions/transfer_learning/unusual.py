"""Unusual but right: a spy in place of forward, losses measured after the epoch, generators as groups."""

import torch
from torch import nn


def make_head(like, k):
    head = nn.Linear(like.in_features, k)
    for q in head.parameters():
        q.data = q.data.type_as(like.weight.data)
    return head


def replace_head(model, num_classes):
    model.fc = make_head(model.fc, num_classes)
    return model


@torch.no_grad()
def freeze_backbone(model):
    for name, child in model.named_children():
        child.requires_grad_(name == "fc")
    for p in model.parameters(recurse=False):
        p.requires_grad_(False)
    for p in model.fc.parameters():
        p.requires_grad_()
    return model


def trainable_summary(model):
    import math

    t = [(math.prod(p.size()), p.requires_grad) for p in model.parameters()]
    return sum(n for n, r in t if r), sum(n for n, _ in t)


def extract_features(model, images):
    out = {}
    old = model.fc.forward

    def spy(x):
        out["x"] = x.detach()
        return old(x)

    modes = [(m, m.training) for m in model.modules()]
    model.fc.forward = spy
    try:
        model.eval()
        with torch.set_grad_enabled(False):
            model(images)
    finally:
        del model.fc.forward
        for m, t in modes:
            m.training = t
    print(out["x"].shape)
    return out["x"]


def unfreeze(model, layer):
    model.get_submodule(layer).requires_grad_()
    return model


def make_optimizer(model, head_lr, backbone_lr):
    def params(head):
        for n, p in model.named_parameters():
            if p.requires_grad and (n.partition(".")[0] == "fc") == head:
                yield p

    groups = [{"params": params(True), "lr": head_lr}]
    if any(True for _ in params(False)):
        groups.insert(0, {"params": params(False), "lr": backbone_lr})
    return torch.optim.Adam(groups, betas=(0.9, 0.999), weight_decay=0)


def train_head(model, loader, epochs=5, lr=1e-2, device="cpu"):
    model.to(device)
    model.eval()
    params = [p for p in model.parameters() if p.requires_grad]
    opt = torch.optim.Adam(params, lr=lr, foreach=False)
    out = []
    for _ in range(epochs):
        for x, y in loader:
            opt.zero_grad()
            nn.functional.nll_loss(model(x.to(device)).log_softmax(-1), y.to(device)).backward()
            opt.step()
        with torch.no_grad():
            losses = torch.cat(
                [
                    nn.functional.cross_entropy(model(x.to(device)), y.to(device), reduction="none")
                    for x, y in loader
                ]
            )
        out.append(losses.mean().item())
    return out
