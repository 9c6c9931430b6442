import copy

import numpy as np
import torch
from torch import nn

# Features come from a copy of the model, and losses are measured after each epoch, over all samples at once.


def replace_head(model, num_classes):
    rows, columns = num_classes, model.fc.weight.shape[1]
    old = model.fc.weight
    head = nn.Linear(columns, rows)
    del model.fc
    model.fc = head.to(old.device).type(old.dtype)
    return model


def freeze_backbone(model):
    backbone = [child for child in model.modules() if child is not model.fc]
    for module in backbone:
        for parameter in module._parameters.values():
            if parameter is not None:
                parameter.requires_grad = False
    for parameter in model.fc._parameters.values():
        if parameter is not None:
            parameter.requires_grad = True
    return model


def trainable_summary(model):
    table = np.array([(p.numel(), p.numel() * p.requires_grad) for p in model.parameters()])
    total, trainable = table.sum(0)
    return trainable, total


def extract_features(model, images):
    twin = copy.deepcopy(model).eval()
    twin.fc = nn.Identity()
    with torch.no_grad():
        return twin(images)


def unfreeze(model, layer):
    head, _, rest = layer.partition(".")
    module = getattr(model, head)
    if rest:
        unfreeze(module, rest)
    else:
        module.requires_grad_(True)
    return model


def make_optimizer(model, head_lr, backbone_lr):
    names = [name for name, p in model.named_parameters() if p.requires_grad]
    head = [name for name in names if name in ("fc.weight", "fc.bias")]
    backbone = sorted(set(names) - set(head))
    parts = [(head, head_lr), (backbone, backbone_lr)]
    return torch.optim.Adam(
        {"params": [model.get_parameter(name) for name in part], "lr": lr} for part, lr in parts if part
    )


def mean_loss(model, loader, device):
    model.eval()
    with torch.inference_mode():
        pairs = [(model(images.to(device)), labels.to(device)) for images, labels in loader]
        logits, labels = (torch.cat(part) for part in zip(*pairs, strict=True))
        return nn.functional.nll_loss(logits.log_softmax(-1), labels).item()


def train_head(model, loader, epochs=5, lr=1e-2, device="cpu"):
    device = torch.device(device)
    model.to(device)
    criterion = nn.CrossEntropyLoss().to(device)
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=lr)
    losses = np.zeros(epochs)
    for epoch in range(epochs):
        model.train()
        for module in model.modules():
            if "BatchNorm" in type(module).__name__:
                module.eval()
        for images, labels in loader:
            optimizer.zero_grad()
            criterion(model(images.to(device)), labels.to(device)).backward()
            optimizer.step()
        losses[epoch] = mean_loss(model, loader, device)
    return losses.tolist()
