import torch
from torch import nn

# Every step spelled out, with plain loops and no cleverness.


def replace_head(model, num_classes):
    old = model.fc
    new = nn.Linear(old.in_features, num_classes)
    new = new.to(old.weight.device)
    new = new.to(old.weight.dtype)
    model.fc = new
    return model


def freeze_backbone(model):
    for parameter in model.parameters():
        parameter.requires_grad = False
    for parameter in model.fc.parameters():
        parameter.requires_grad = True
    return model


def trainable_summary(model):
    trainable = 0
    total = 0
    for parameter in model.parameters():
        count = 1
        for side in parameter.shape:
            count = count * side
        total += count
        if parameter.requires_grad:
            trainable += count
    return trainable, total


def extract_features(model, images):
    was_training = model.training
    received = []

    def remember(module, inputs):
        received.append(inputs[0])

    handle = model.fc.register_forward_pre_hook(remember)
    model.eval()
    with torch.no_grad():
        model(images)
    handle.remove()
    if was_training:
        model.train()
    return received[0]


def unfreeze(model, layer):
    part = model
    for name in layer.split("."):
        part = getattr(part, name)
    for parameter in part.parameters():
        parameter.requires_grad = True
    return model


def make_optimizer(model, head_lr, backbone_lr):
    head = []
    backbone = []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if name == "fc.weight" or name == "fc.bias":
            head.append(parameter)
        else:
            backbone.append(parameter)
    groups = [{"params": head, "lr": head_lr}]
    if len(backbone) > 0:
        groups.append({"params": backbone, "lr": backbone_lr})
    return torch.optim.Adam(groups)


def train_head(model, loader, epochs=5, lr=1e-2, device="cpu"):
    model.to(device)
    trainable = []
    for parameter in model.parameters():
        if parameter.requires_grad:
            trainable.append(parameter)
    optimizer = torch.optim.Adam(trainable, lr=lr)
    criterion = nn.CrossEntropyLoss()
    losses = []
    for epoch in range(epochs):
        model.train()
        for module in model.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)) and not module.weight.requires_grad:
                module.eval()
        total = 0.0
        count = 0
        for images, labels in loader:
            images = images.to(device)
            labels = labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            count += len(labels)
        losses.append(total / count)
        print("epoch", epoch + 1, "loss", total / count)
    return losses
