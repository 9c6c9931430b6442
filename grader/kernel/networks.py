"""Networks that graders ask for by name, built where student code runs: no secrets, notebooks show them.

Imports torchvision, so nothing that a kernel loads at its start may import this module.
"""

from __future__ import annotations

from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, conv1x1


class SmallResNet(nn.Module):
    """A ResNet for images of 3 × 32 × 32: torchvision's basic blocks, one a stage, of 16, 32 and 64 channels.

    Its parts have the names that they have in torchvision's ResNets, so `model.fc` is the head and
    `model.layer3` the last stage: 78,042 parameters at 10 classes. The weights that the course ships are
    made by `grader.exercises.transfer_learning.pretrain`.
    """

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(2)
        self.layer1 = nn.Sequential(BasicBlock(16, 16))
        self.layer2 = nn.Sequential(
            BasicBlock(16, 32, 2, nn.Sequential(conv1x1(16, 32, 2), nn.BatchNorm2d(32)))
        )
        self.layer3 = nn.Sequential(
            BasicBlock(32, 64, 2, nn.Sequential(conv1x1(32, 64, 2), nn.BatchNorm2d(64)))
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, 32, 32) to logits (N, num_classes)."""
        maps = self.maxpool(self.relu(self.bn1(self.conv1(images))))  # (N, 16, 16, 16)
        maps = self.layer3(self.layer2(self.layer1(maps)))  # (N, 64, 4, 4)
        return self.fc(self.avgpool(maps).flatten(1))
