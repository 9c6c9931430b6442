"""Replaces the worker's answers by ValueErrors and zeros, whichever fits the call.

base: stub
loses: all
"""
import numpy as np

from grader.kernel import wire, worker


def answer(self, request):
    return wire.encode({"value": np.zeros((3, 3)), "changed": [], "passed": True})


worker.Worker.answer = answer
