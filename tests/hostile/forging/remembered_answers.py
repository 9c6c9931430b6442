"""Plays back what an earlier call returned.

loses: conv2d
stock: run
"""
import numpy as np

answers = [np.zeros((1, 1))]


def conv2d(image, kernel, stride=1, padding=0):
    answers.append(np.full((image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1), 1.0))
    return answers[-2]
