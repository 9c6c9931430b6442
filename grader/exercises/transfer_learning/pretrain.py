"""Make the weights that the course ships: SmallResNet, trained on ten kinds of shapes, as a safetensors file.

    python -m grader.exercises.transfer_learning.pretrain [--output PATH]

Takes about a minute and a half on one core. The images are those of the hidden graders' generator, drawn anew
in every epoch; six of its kinds stay unseen, for the notebook's and the graders' target tasks. The same
machine with the same versions writes the same bytes again.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn

from grader.exercises import shapes
from grader.kernel.networks import SmallResNet

KINDS = ("disc", "ring", "square", "frame", "triangle", "plus", "times", "rows", "columns", "checks")
OUTPUT = Path(__file__).parents[3] / "source" / "05-transfer-learning" / "pretrained.safetensors"

EPOCHS, IMAGES, BATCH = 40, 4000, 100
PEAK_LR = 5e-3
#: A little wider than what the network is used for.
WIDE = {"radius": (6.0, 13.0), "shift": (-5.0, 5.0), "turn": 10.0, "noise": 0.1}
TRAIN_SEED, TEST_SEED = 10_000, 20_000


def draw(count: int, seed: int, **ranges) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (count, 3, 32, 32) and labels (count,) of the ten kinds; `ranges` as for `shapes.draw`."""
    images, labels = shapes.draw(KINDS, count, seed, channels=3, **ranges)
    return torch.from_numpy(images), torch.from_numpy(labels)


def pretrain() -> SmallResNet:
    """Train a network; prints the mean loss of every fifth epoch."""
    torch.manual_seed(0)
    model = SmallResNet(len(KINDS)).train()
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, PEAK_LR, epochs=EPOCHS, steps_per_epoch=IMAGES // BATCH
    )
    for epoch in range(1, EPOCHS + 1):
        images, labels = draw(IMAGES, TRAIN_SEED + epoch, **WIDE)
        total = 0.0
        for batch, targets in zip(images.split(BATCH), labels.split(BATCH), strict=True):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(batch), targets)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(batch)
        if epoch % 5 == 0:
            print(f"epoch {epoch:2d} of {EPOCHS}: loss {total / IMAGES:.4f}", flush=True)
    return model


@torch.inference_mode()
def accuracy(model: SmallResNet, **ranges) -> float:
    """The fraction of 4,000 unseen images that the network, in eval mode, recognises."""
    images, labels = draw(4000, TEST_SEED, **ranges)
    model.eval()
    right = [
        (model(batch).argmax(1) == targets).sum().item()
        for batch, targets in zip(images.split(500), labels.split(500), strict=True)
    ]
    return sum(right) / len(labels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=Path, default=OUTPUT, help="default: the notebook's folder")
    output = parser.parse_args().output
    torch.set_num_threads(1)  # the order of sums, hence every bit
    torch.use_deterministic_algorithms(True)
    model = pretrain()
    print(f"accuracy on unseen images: {accuracy(model):.4f}; the wide ranges: {accuracy(model, **WIDE):.4f}")
    content = save(model.state_dict())
    output.write_bytes(content)
    print(f"{output.name}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
