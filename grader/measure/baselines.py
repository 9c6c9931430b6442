"""`grader baselines`: what trivial features and shortcuts achieve on the data sets, beside a network.

A data set is worth a network only if nothing simpler does: the classes must not be told by brightness, by
colour, by a single pixel, or by any weighted sum of pixels, and must be lost when the pixels are shuffled.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier
from torch import nn

from grader.checking.submission import master_notebook
from grader.checking.topic import find_topic
from grader.kernel import probes

TRAIN, TEST = 1500, 1000  # images
EPOCHS = 15

Draw = Callable[[int, int], tuple[Any, Any]]


@dataclass(frozen=True)
class DataSet:
    """Images (N, C, side, side) and labels (N,), tensors or arrays, drawn anew from a count and a seed."""

    name: str
    draw: Draw


@dataclass(frozen=True)
class Trivial:
    """Accuracies on unseen images of what sees no shapes."""

    majority: float
    global_mean: float
    channel_means: float
    one_pixel: float
    linear: float


@dataclass(frozen=True)
class Baselines(Trivial):
    """The same, beside networks.

    network: two convolutions with pooling, then linear layers.
    shuffled_alike: the same network, trained and tested on images whose pixels are all in one other order:
        what can be seen locally is gone, what dense layers can learn about each pixel is not.
    shuffled: the pixels of each image are in an order of its own; only their values are left.
    permuted: the network, tested with the colour channels in another order (NaN where there is one).
    """

    shuffled_alike: float
    shuffled: float
    network: float
    permuted: float


def data_sets() -> Iterator[DataSet]:
    """The data sets of the image notebooks, and those that their hidden graders train on."""
    for name in ("cnn", "transfer_learning", "capstone"):
        topic = find_topic(name)
        cells = master_notebook(topic).cells
        tools: dict[str, Any] = {}
        for cell in cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") in ("setup", "tools"):
                exec(compile(cell.source, name, "exec"), tools)  # noqa: S102 - our own master notebook
        if name == "transfer_learning":
            draw = functools.partial(tools["draw_images"], tools["TARGET"])
        else:
            draw = tools["make_images"]
        yield DataSet(f"{topic.assignment}, notebook", draw)
        graders = importlib.import_module(f"grader.exercises.{name}.trials")
        yield DataSet(f"{topic.assignment}, graders", graders.draw)


def measure_trivial(data: DataSet, train: int = TRAIN) -> Trivial:
    """What trivial features of a data set tell, on TEST unseen images after `train` training images."""
    x, y, x_test, y_test = _standardised(data, train)

    def score(model: Any, feature: Callable[[np.ndarray], np.ndarray]) -> float:
        return float(model.fit(feature(x), y).score(feature(x_test), y_test))

    tree = DecisionTreeClassifier(max_leaf_nodes=30, random_state=0)
    pixel = _best_pixel(x, y)
    return Trivial(
        majority=score(DummyClassifier(), _flat),
        global_mean=score(tree, lambda images: images.mean(axis=(1, 2, 3))[:, None]),
        channel_means=score(tree, lambda images: images.mean(axis=(2, 3))),
        one_pixel=score(tree, lambda images: _flat(images)[:, [pixel]]),
        linear=score(LogisticRegression(C=1e-3, max_iter=1000), _flat),
    )


def measure(data: DataSet, train: int = TRAIN) -> Baselines:
    """The baselines of a data set, on TEST unseen images after `train` training images."""
    x, y, x_test, y_test = _standardised(data, train)
    channels = [*range(1, x.shape[1]), 0]
    network = _train(x, y)
    rng = np.random.default_rng(13)
    alike = rng.permutation(x[0, 0].size)[None]

    def learn(shuffle: Callable[[np.ndarray], np.ndarray]) -> float:
        return _accuracy(_train(shuffle(x), y), shuffle(x_test), y_test)

    return Baselines(
        **vars(measure_trivial(data, train)),
        shuffled_alike=learn(lambda images: _shuffle(images, alike)),
        shuffled=learn(
            lambda images: _shuffle(images, rng.random((len(images), images[0, 0].size)).argsort(axis=1))
        ),
        network=_accuracy(network, x_test, y_test),
        permuted=_accuracy(network, x_test[:, channels], y_test) if len(channels) > 1 else float("nan"),
    )


def _standardised(data: DataSet, train: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training and test images and labels, pixels with mean 0 and spread 1."""
    (x, y), (x_test, y_test) = (map(np.asarray, data.draw(*which)) for which in ((train, 11), (TEST, 12)))
    middle, spread = x.mean(), x.std()
    return (x - middle) / spread, y, (x_test - middle) / spread, y_test


def print_baselines(output: str | None) -> None:
    """Measure all data sets and print a table in Markdown, or write it to `output`."""
    names = [name.replace("_", " ") for name in Baselines.__dataclass_fields__]
    lines = [f"| data set | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for data in data_sets():
        figures = vars(measure(data)).values()
        row = ["–" if np.isnan(figure) else f"{figure:.2f}" for figure in figures]
        lines.append(f"| {data.name} | {' | '.join(row)} |")
        print(lines[-1], flush=True)
    if output is not None:
        Path(output).write_text(HEAD + "\n".join(lines) + "\n")


HEAD: Final = f"""# Baselines of the data sets

Written by `grader baselines --output docs/baselines.md`. Accuracy on {TEST:,} unseen images after {TRAIN:,}
training images. Global mean, channel means and one pixel (the best of all) are given to a decision tree,
all pixels to logistic regression. "Shuffled alike" is the network with the pixels of all images in one
other order, "shuffled" with the pixels of each image in an order of its own, "permuted" the network tested
with the colour channels in another order.

"""


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1)


def _shuffle(images: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """The pixels of each image in the order that `orders` (N or 1, pixels) has for it."""
    pixels = images.reshape(*images.shape[:2], -1)
    return np.take_along_axis(pixels, orders[:, None], axis=2).reshape(images.shape)


def _best_pixel(x: np.ndarray, y: np.ndarray) -> int:
    """The pixel by which a tree tells most of the training images."""
    tree = DecisionTreeClassifier(max_leaf_nodes=30, random_state=0)
    candidates = range(0, _flat(x).shape[1], 7)  # neighbours tell the same
    return max(candidates, key=lambda pixel: tree.fit(_flat(x)[:, [pixel]], y).score(_flat(x)[:, [pixel]], y))


def _train(x: np.ndarray, y: np.ndarray) -> nn.Module:
    channels, classes = x.shape[1], int(y.max()) + 1
    model = probes.model(
        [
            *(["Conv2d", channels, 16, 3, {"padding": 1}], ["ReLU"], ["MaxPool2d", 2]),
            *(["Conv2d", 16, 32, 3, {"padding": 1}], ["ReLU"], ["MaxPool2d", 2]),
            *(["Flatten"], ["Linear", 32 * (x.shape[-1] // 4) ** 2, 128], ["ReLU"], ["Linear", 128, classes]),
        ],
        seed=14,
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    images, labels = torch.from_numpy(x), torch.from_numpy(y)
    generator = torch.Generator().manual_seed(15)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images), generator=generator).split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
    return model


def _accuracy(model: nn.Module, x: np.ndarray, y: np.ndarray) -> float:
    logits = probes.predict(model, torch.from_numpy(np.ascontiguousarray(x)))
    return float((logits.argmax(1).numpy() == y).mean())
