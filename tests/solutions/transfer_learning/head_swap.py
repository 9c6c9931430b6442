from contextlib import contextmanager

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn, optim

# The head is taken out of the model while features are computed; context managers put things back.


@contextmanager
def evaluating(model):
    mode = model.training
    try:
        yield model.eval()
    finally:
        model.train(mode)


@contextmanager
def without_head(model):
    head = model.fc
    try:
        model.fc = nn.Identity()
        yield model
    finally:
        model.fc = head


def replace_head(model: nn.Module, num_classes: int) -> nn.Module:
    weight = model.fc.weight
    setattr(model, "fc", nn.Linear(weight.size(1), num_classes).to(weight))  # noqa: B010
    return model


def freeze_backbone(model: nn.Module) -> nn.Module:
    model.requires_grad_(False).fc.requires_grad_()
    return model


def trainable_summary(model: nn.Module) -> tuple[int, int]:
    sizes = [(p.numel(), p.requires_grad) for p in model.parameters()]
    return sum(n for n, learns in sizes if learns), sum(n for n, _ in sizes)


def extract_features(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    with evaluating(model), without_head(model), torch.inference_mode():
        return model(images)


def unfreeze(model: nn.Module, layer: str) -> nn.Module:
    model.get_submodule(layer).requires_grad_()
    return model


def make_optimizer(model: nn.Module, head_lr: float, backbone_lr: float) -> optim.Adam:
    head = {id(p) for p in model.fc.parameters()}
    learning = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in learning if id(p) not in head], "lr": backbone_lr},
        {"params": [p for p in learning if id(p) in head], "lr": head_lr},
    ]
    return optim.Adam([group for group in groups if group["params"]])


def is_frozen(module: nn.Module) -> bool:
    return not any(p.requires_grad for p in module.parameters())


def train_head(model, loader, epochs=5, lr=1e-2, device="cpu"):
    model = model.to(device)
    optimizer = optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr)
    history = []
    for _ in range(epochs):
        # whatever is frozen as a whole behaves as in evaluation
        model.train()
        for module in model.modules():
            if is_frozen(module):
                module.eval()
        seen = loss_sum = 0
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            loss = F.cross_entropy(model(x), y, reduction="sum")
            model.zero_grad()
            (loss / len(y)).backward()
            optimizer.step()
            seen, loss_sum = seen + len(y), loss_sum + float(loss.detach())
        history.append(loss_sum / seen)
    return history
