"""Where training checks run."""

from __future__ import annotations

from typing import Final

DEVICES: Final = ("auto", "cpu", "cuda")


class NoDevice(Exception):
    """The device that was asked for is not there; nothing is graded on another one in its place."""


def resolve_device(name: str) -> str:
    """ "cpu" or "cuda" for one of DEVICES. Raises NoDevice."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise NoDevice(
            "device is cuda, but torch finds no GPU: choose auto or cpu, or install a CUDA build of torch"
        )
    return name
