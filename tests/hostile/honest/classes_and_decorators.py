"""Solves an exercise by a decorated, cached, typed method of a class.

stock: run
"""
from __future__ import annotations

import functools
import time
from dataclasses import dataclass


def timed(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            inner.seconds = time.perf_counter() - start

    return inner


@dataclass(frozen=True)
class Window:
    kernel: int
    stride: int
    padding: int
    dilation: int

    @functools.lru_cache
    def fits(self, size: int) -> int:
        return (size + 2 * self.padding - self.dilation * (self.kernel - 1) - 1) // self.stride + 1


@timed
def conv_output_size(size, kernel, stride=1, padding=0, dilation=1) -> int:
    for name, least in {"size": 1, "kernel": 1, "stride": 1, "padding": 0, "dilation": 1}.items():
        if locals()[name] < least:
            raise ValueError(f"{name} must be at least {least}")
    if size + 2 * padding < dilation * (kernel - 1) + 1:
        raise ValueError(f"a kernel of {kernel} does not fit into size {size} with padding {padding}")
    return Window(kernel, stride, padding, dilation).fits(size)
