"""The small pre-trained network that the course ships."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import torch
from conftest import ROOT, read
from safetensors.torch import load_file

from grader.exercises import shapes
from grader.exercises.transfer_learning import pretrain
from grader.kernel.networks import SmallResNet

WEIGHTS = ROOT / "source" / "05-transfer-learning" / "pretrained.safetensors"


def source_accuracy(weights) -> float:
    """On unseen images of the kinds that it was trained on."""
    model = SmallResNet()
    model.load_state_dict(load_file(weights))
    images, labels = map(torch.from_numpy, shapes.draw(list(shapes.KINDS)[:10], 500, seed=77, channels=3))
    with torch.no_grad():
        return (model.eval()(images).argmax(1) == labels).double().mean().item()


def test_it_knows_its_source_kinds():
    assert source_accuracy(WEIGHTS) > 0.98


def test_the_notebooks_network_is_the_graders(monkeypatch):
    monkeypatch.chdir(WEIGHTS.parent)
    namespace: dict[str, Any] = {}
    for cell in read("source", "transfer_learning").cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") in ("setup", "tools"):
            exec(cell.source, namespace)
    theirs, ours = namespace["load_pretrained"](), SmallResNet()
    ours.load_state_dict(load_file(WEIGHTS))
    assert theirs.state_dict().keys() == ours.state_dict().keys()
    images = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(theirs.eval()(images), ours.eval()(images))


@pytest.mark.slow
def test_the_script_makes_it_again(tmp_path):
    made = tmp_path / "again.safetensors"
    command = [sys.executable, "-m", pretrain.__name__, "--output", str(made)]
    subprocess.run(command, check=True, cwd=ROOT)
    assert source_accuracy(made) > 0.98
