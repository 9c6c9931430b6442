from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from torch.utils.data import DataLoader

# A trainer with type hints, a scheduler, clipped gradients, and much to say on the way.


def replace_head(model: nn.Module, num_classes: int) -> nn.Module:
    old: nn.Linear = model.fc
    factory = {"device": old.weight.device, "dtype": old.weight.dtype}
    model.fc = nn.Linear(in_features=old.in_features, out_features=num_classes, **factory)
    print(f"replaced {old} by {model.fc}")
    return model


def freeze_backbone(model: nn.Module) -> nn.Module:
    head: frozenset[int] = frozenset(map(id, model.fc.parameters()))
    for parameter in model.parameters():
        parameter.requires_grad_(id(parameter) in head)
    trainable, total = trainable_summary(model)
    print(f"{trainable:,} of {total:,} parameters will be trained")
    return model


def trainable_summary(model: nn.Module) -> tuple[int, int]:
    def count(parameters: Iterable[nn.Parameter]) -> int:
        return sum(parameter.nelement() for parameter in parameters)

    return count(p for p in model.parameters() if p.requires_grad), count(model.parameters())


class Recorder:
    """Keeps what a module receives, as long as it is used as a context manager."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.inputs: list[Tensor] = []

    def __call__(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        self.inputs.append(inputs[0].detach())

    def __enter__(self) -> Recorder:
        self.handle = self.module.register_forward_pre_hook(self)
        return self

    def __exit__(self, *_: object) -> None:
        self.handle.remove()


def extract_features(model: nn.Module, images: Tensor) -> Tensor:
    modes = {module: module.training for module in model.modules()}
    torch.set_grad_enabled(False)
    try:
        with Recorder(model.fc) as recorder:
            model.eval()(images)
    finally:
        torch.set_grad_enabled(True)
        for module, mode in modes.items():
            module.training = mode
    return torch.cat(recorder.inputs)


def unfreeze(model: nn.Module, layer: str) -> nn.Module:
    warnings.warn(f"{layer} is about to change", stacklevel=2)
    for parameter in model.get_submodule(layer).parameters():
        parameter.requires_grad_()
    return model


def make_optimizer(model: nn.Module, head_lr: float, backbone_lr: float) -> Adam:
    head: list[nn.Parameter] = []
    backbone: list[nn.Parameter] = []
    for parameter in model.parameters():
        if parameter.requires_grad:
            is_head = any(parameter is each for each in model.fc.parameters())
            (head if is_head else backbone).append(parameter)
    groups = [{"params": backbone, "lr": backbone_lr}] if backbone else []
    return Adam([*groups, {"params": head}], lr=head_lr)


@dataclass
class Trainer:
    model: nn.Module
    lr: float
    device: torch.device
    losses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model.to(self.device)
        self.optimizer: Optimizer = Adam(self.trainable(), lr=self.lr)
        self.scheduler = torch.optim.lr_scheduler.ExponentialLR(self.optimizer, 0.99)

    def trainable(self) -> Iterator[nn.Parameter]:
        return (parameter for parameter in self.model.parameters() if parameter.requires_grad)

    def set_modes(self) -> None:
        self.model.train()
        for module in self.model.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm) and not module.weight.requires_grad:
                module.eval()

    def epoch(self, loader: DataLoader) -> float:
        self.set_modes()
        total = torch.zeros((), dtype=torch.float64)
        for number, (images, labels) in enumerate(loader, start=1):
            self.optimizer.zero_grad()
            logits = self.model(images.to(self.device, non_blocking=True))
            loss = nn.functional.cross_entropy(logits, labels.to(self.device).long())
            loss.backward()
            nn.utils.clip_grad_norm_(list(self.trainable()), 1.0)
            self.optimizer.step()
            total += loss.item() * labels.numel()
            print(f"\rbatch {number}: {loss.item():.3f}", end="", file=sys.stderr)
        self.scheduler.step()
        return float(total / len(loader.dataset))


def train_head(
    model: nn.Module, loader: DataLoader, epochs: int = 5, lr: float = 1e-2, device: str = "cpu"
) -> list[float]:
    trainer = Trainer(model, lr, torch.device(device))
    for _ in range(epochs):
        trainer.losses.append(trainer.epoch(loader))
    return trainer.losses
