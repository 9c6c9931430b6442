"""Expectations for the PyTorch notebooks; see `grader.checking.expect`."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from typing import Any, Final

import torch

from grader.checking.expect import describe, fail

#: Largest error, relative to the largest expected value, of float32 results: some layers, or a few steps of
#: training. GPUs sum in another order, and cuDNN chooses among algorithms.
FLOAT32: Final = {"cpu": 1e-5, "cuda": 1e-3}
FLOAT64: Final = 1e-8


def expect_tensor(
    got: Any,
    expected: torch.Tensor,
    *,
    what: str = "",
    tolerance: float | None = None,
    detached: bool | None = None,
) -> None:
    """`got` must be a tensor with the shape, dtype and values of `expected`.

    what: names the tensor where a function returns several, or what it is.
    tolerance: an entry is right if |got − expected| ≤ tolerance · (1 + max|expected|); by default FLOAT32's
        for a CPU, or FLOAT64.
    detached: True if it must not require gradients, False if it must.
    """
    subject = f"{what}: " if what else ""
    verb = "is" if what else "returned"
    if not isinstance(got, torch.Tensor):
        fail(f"{subject}{verb} {describe(got)}; a tensor is expected")
    if got.dtype != expected.dtype:
        fail(f"{subject}{verb} a tensor of dtype {_dtype(got)}; {_dtype(expected)} is expected")
    if got.shape != expected.shape:
        fail(f"{subject}{verb} a tensor of shape {tuple(got.shape)}; {tuple(expected.shape)} is expected")
    if detached is not None and got.requires_grad == detached:
        fail(f"{subject}{verb} a tensor that {'still requires' if detached else 'does not track'} gradients")
    if not got.numel():
        return
    got, expected = got.detach(), expected.detach()
    if not got.is_floating_point():
        wrong = got != expected
    else:
        bad = ~torch.isfinite(got)
        if bad.any():
            fail(f"{subject}{int(bad.sum())} of {got.numel()} values are not finite (NaN or infinity)")
        if tolerance is None:
            tolerance = FLOAT64 if got.dtype == torch.float64 else FLOAT32["cpu"]
        wrong = (got - expected).abs() > tolerance * (1 + expected.abs().max())
    if wrong.any():
        index = tuple(int(i) for i in wrong.nonzero()[0])
        value, right = got[index].item(), expected[index].item()
        fail(
            f"{subject}{int(wrong.sum())} of {got.numel()} values are wrong; the first is {value:.6g}"
            + (f" at index {index}" if index else "")
            + f", which is too {'large' if value > right else 'small'}"
        )


def expect_number(
    got: Any, *expected: float, what: str = "", tolerance: float = 1e-5, hint: str = ""
) -> None:
    """`got` must be a Python or NumPy number, within `tolerance` · (1 + |expected|) of one of `expected`.

    hint: the likely cause, added to the message.
    """
    subject = f"{what}: " if what else ""
    verb = "is" if what else "returned"
    if isinstance(got, bool) or not isinstance(got, numbers.Real):
        extra = " (`.item()` makes one)" if isinstance(got, torch.Tensor) and got.numel() == 1 else ""
        fail(f"{subject}{verb} {describe(got)}; a float is expected{extra}")
    value = float(got)
    if not math.isfinite(value):
        fail(f"{subject}{verb} {value}; a finite number is expected")
    if not any(abs(value - each) <= tolerance * (1 + abs(each)) for each in expected):
        nearest = min(expected, key=lambda each: abs(value - each))
        direction = "large" if value > nearest else "small"
        fail(f"{subject}{verb} {value:.6g}, which is too {direction}{hint and '; '}{hint}")


def changed(before: Any, after: Any, names: Iterable[str] | None = None) -> list[str]:
    """The names of the tensors in two states (`probe.state`) that are not the same bit for bit."""
    if not isinstance(before, dict) or not isinstance(after, dict) or before.keys() != after.keys():
        fail("the model has other parameters or buffers than before")
    for value in (*before.values(), *after.values()):
        if not isinstance(value, torch.Tensor):
            fail(f"a parameter or buffer of the model is {describe(value)}")
    return [
        name
        for name in (before if names is None else names)
        if before[name].shape != after[name].shape or not torch.equal(before[name], after[name])
    ]


def accuracy(logits: Any, labels: torch.Tensor) -> float:
    """The fraction of images for which the largest of the logits (N, classes) belongs to the label (N,)."""
    if not isinstance(logits, torch.Tensor) or logits.ndim != 2 or len(logits) != len(labels):
        shape = f"({len(labels)}, classes)"
        fail(f"the model's predictions are {describe(logits)}; a tensor of shape {shape} is expected")
    return float((logits.argmax(1) == labels).double().mean())


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
