import torch
from torch import nn
from torch.utils.data import DataLoader

# With a frozen backbone an image always gives the same features: they are computed batch by batch without
# gradients, and only the head is trained on them. Otherwise the whole model is.


def replace_head(model, num_classes):
    old = model.fc
    model.add_module(
        "fc",
        nn.Linear(old.in_features, num_classes, bias=True, device=old.weight.device, dtype=old.weight.dtype),
    )
    return model


def backbone_parameters(model):
    head = set(model.fc.parameters())
    return [parameter for parameter in model.parameters() if parameter not in head]


def freeze_backbone(model):
    for parameter in model.fc.parameters():
        parameter.requires_grad_(True)
    for parameter in backbone_parameters(model):
        parameter.requires_grad_(False)
    return model


def trainable_summary(model):
    unique = {id(p): p for m in model.modules() for p in m.parameters(recurse=False)}.values()
    return sum(p.numel() * p.requires_grad for p in unique), sum(map(torch.numel, unique))


@torch.no_grad()
def extract_features(model, images):
    caught = {}
    hook = model.fc.register_forward_hook(lambda layer, inputs, output: caught.update(features=inputs[0]))
    mode = model.training
    model.train(False)
    model.forward(images)
    model.train(mode)
    hook.remove()
    return caught["features"].clone()


def unfreeze(model, layer):
    module = dict(model.named_modules())[layer]
    for parameter in module.parameters():
        parameter.requires_grad_(True)
    return model


def make_optimizer(model, head_lr, backbone_lr):
    optimizer = torch.optim.Adam([p for p in model.fc.parameters() if p.requires_grad], lr=head_lr)
    rest = [p for p in backbone_parameters(model) if p.requires_grad]
    if rest:
        optimizer.add_param_group({"params": rest, "lr": backbone_lr})
    return optimizer


def train_head(model, loader: DataLoader, epochs=5, lr=1e-2, device="cpu"):
    model.to(device)
    learning = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(learning, lr=lr)
    criterion = nn.CrossEntropyLoss()
    frozen = not any(p.requires_grad for p in backbone_parameters(model))
    losses = []
    for _ in range(epochs):
        total, count = 0.0, 0
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            if frozen:
                logits = model.fc(extract_features(model, images))
            else:
                model.train()
                logits = model(images)
            loss = criterion(logits, labels)
            optimizer.zero_grad(set_to_none=False)
            loss.backward()
            optimizer.step()
            total += len(images) * loss.detach().cpu().numpy()
            count += len(images)
        losses += [total / count]
    return losses
