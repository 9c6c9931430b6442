"""Weights in a dict behind the attributes; derivatives by complex steps of the cell's own methods; logarithms."""

import copy
import math
from functools import reduce

import numpy


class SimpleRNNCell:
    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        draw = numpy.random.default_rng(rng).standard_normal
        self.__dict__["kept"] = {
            "W_hy": draw((hidden_size, output_size)).T / 10,
            "W_hh": draw((hidden_size, hidden_size)) / 10,
            "W_xh": draw((hidden_size, input_size)) / 10,
            "b_h": numpy.zeros(hidden_size),
            "b_y": numpy.zeros(output_size),
            "hidden_size": hidden_size,
        }

    def __getattr__(self, name):
        if name == "kept" or name not in self.kept:
            raise AttributeError(name)
        return self.kept[name]

    def __setattr__(self, name, value):
        self.kept[name] = value

    def __len__(self):
        return 0

    def __call__(self, x, h):
        sums = numpy.c_[self.W_xh, self.W_hh, self.b_h] @ numpy.r_[x, h, 1]
        return 2 / (1 + numpy.exp(-2 * sums)) - 1

    step = __call__

    def forward_sequence(self, xs, h0=None):
        first = numpy.zeros(self.hidden_size) if h0 is None else numpy.array(h0)
        rows = reduce(lambda states, x: [*states, self(x, states[-1])], xs, [first])
        return numpy.stack(rows, dtype=complex if any(map(numpy.iscomplexobj, rows)) else float)

    def outputs(self, states):
        return numpy.apply_along_axis(lambda h: self.W_hy @ h + self.b_y, 1, states)[1:]


def bptt(cell, xs, states, grad_states):
    grads = {}
    for name in ("b_h", "W_hh", "W_xh"):
        grads[name] = numpy.empty(getattr(cell, name).shape)
        for index in numpy.ndindex(grads[name].shape):
            moved = copy.deepcopy(cell)
            weights = getattr(cell, name).astype(complex)
            weights[index] += 1e-30j
            setattr(moved, name, weights)
            grads[name][index] = (grad_states * moved.forward_sequence(xs, states[0])[1:]).sum().imag / 1e-30
    return grads


def gradient_norms(cell, states):
    product, logarithm, norms = numpy.eye(cell.hidden_size), 0.0, []
    for h in states[:0:-1]:
        product = product * (1 - h**2) @ cell.W_hh
        length = math.sqrt(math.fsum((product * product).ravel()))
        if length:
            product, logarithm = product / length, logarithm + math.log(length)
        norms.insert(0, math.exp(logarithm) if length else 0.0)
    return numpy.array(norms)


def clip_by_global_norm(grads, max_norm):
    if not max_norm > 0:
        raise ValueError("max_norm")
    norm = math.sqrt(sum(float(numpy.vdot(each, each)) for each in grads.values()))
    if norm <= max_norm:
        return grads, norm
    return {name: numpy.asarray(each, dtype=float) / norm * max_norm for name, each in grads.items()}, norm
