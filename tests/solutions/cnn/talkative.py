import sys
import time
import warnings

import numpy as np
import torch
from torch import nn

# Prints, warns and shows progress all the time; zeroes gradients after the step; returns lists.


class SimpleCNN(nn.Module):
    """A small CNN that says what it does."""

    def __init__(self, num_classes=10, verbose=True):
        super().__init__()
        self.verbose = verbose
        layers, channels = [], 1
        for out in [16, 32]:
            layers += [nn.Conv2d(channels, out, 3, padding=1), nn.MaxPool2d(2), nn.ReLU()]
            channels = out
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential()
        self.classifier.append(nn.Linear(channels * 8 * 8, 128))
        self.classifier.append(nn.ReLU())
        self.classifier.append(nn.Linear(128, num_classes))
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        if verbose:
            print(self)

    def forward(self, x):
        if self.verbose:
            print("in:", tuple(x.shape))
        x = self.features(x)
        x = x.view(x.shape[0], -1)
        if self.verbose:
            print("flat:", tuple(x.shape), file=sys.stderr)
        return self.classifier(x)


def count_parameters(model):
    total = trainable = 0
    for name, p in model.named_parameters():
        print(f"{name:30} {tuple(p.shape)!s:20} {p.numel():>10,}")
        total += p.numel()
        if p.requires_grad:
            trainable += p.numel()
    print(f"total {total:,}, trainable {trainable:,}")
    return [total, trainable]


def receptive_field(layers):
    first, last = 0, 0  # the pixels that one output sees, walking back
    for kernel, stride in list(layers)[::-1]:
        first, last = first * stride, last * stride + kernel - 1
        print("pixels", first, "to", last)
    return last - first + 1


def progress(loader, what):
    start = time.perf_counter()
    for number, batch in enumerate(loader, 1):
        yield batch
        print(f"\r{what} {number}/{len(loader)} [{time.perf_counter() - start:.1f} s]", end="", flush=True)
    print()


def train_epoch(model, loader, criterion, optimizer, device="cpu"):
    warnings.warn("training may take a while", stacklevel=2)
    device = torch.device(device)
    model.to(device)
    model.train()
    loss_sum = 0.0
    predictions, truth = [], []
    for images, labels in progress(loader, "train"):
        images = images.to(device, non_blocking=True)
        labels = labels.to(device, non_blocking=True)
        logits = model(images)
        loss = criterion(logits, labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        loss_sum += float(loss) * len(labels)
        predictions += logits.argmax(1).tolist()
        truth += labels.tolist()
    accuracy = float(np.mean(np.array(predictions) == np.array(truth)))
    print(f"loss {loss_sum / len(truth):.4f}, accuracy {accuracy:.1%}")
    return [loss_sum / len(truth), accuracy]


def evaluate(model, loader, device="cpu"):
    model.to(device)
    model.eval()
    right = wrong = 0
    with torch.set_grad_enabled(False):
        for images, labels in progress(loader, "evaluate"):
            predictions = model(images.to(device)).argmax(1).tolist()
            for predicted, label in zip(predictions, labels.tolist(), strict=True):
                if predicted == label:
                    right += 1
                else:
                    wrong += 1
    print("right:", right, "wrong:", wrong)
    return right / (right + wrong)


def fit(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    history = {"epoch": [], "train_loss": [], "train_acc": [], "val_acc": [], "seconds": []}
    model.to(device)
    loss_function, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr)
    print("epoch  loss  train  val")
    for epoch in range(1, epochs + 1):
        start = time.time()
        train_loss, train_acc = train_epoch(model, train_loader, loss_function, optimizer, device)
        val_acc = evaluate(model, val_loader, device)
        row = (epoch, train_loss, train_acc, val_acc, time.time() - start)
        for key, value in zip(history, row, strict=True):
            history[key].append(value)
        print(f"{epoch:5} {train_loss:5.3f} {train_acc:6.1%} {val_acc:4.1%}")
    return history


def first_layer_filters(model):
    print("first layer:", model.features[0])
    return torch.tensor(model.features[0].weight.squeeze(1).tolist())


def feature_maps(model, images, layer):
    mode = model.training
    print(f"{layer}: the model is in {'train' if mode else 'eval'} mode")
    result = None

    def remember(module, args, out):
        nonlocal result
        print(type(module).__name__, tuple(out.shape))
        result = out.detach().clone()

    hook = model.get_submodule(layer).register_forward_hook(remember)
    model.eval()
    try:
        with torch.no_grad():
            model(images)
    except Exception as error:
        print("went wrong:", error)
        raise
    finally:
        hook.remove()
        if mode:
            model.train()
    return result
