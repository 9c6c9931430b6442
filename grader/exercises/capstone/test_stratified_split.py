"""Grader of capstone/stratified_split: no particular division is expected, but what every right one has.

scikit-learn's StratifiedKFold divides into parts with the same properties; StratifiedShuffleSplit refuses
classes of one sample.
"""

import numpy as np
import torch

from grader.checking import expect_unchanged, expect_value_error, fail, points
from grader.checking.expect import describe
from grader.exercises.capstone.cases import try_all

FRACTIONS = (
    (0.7, 0.15, 0.15),
    (0.5, 0.5),
    (0.8, 0.2),
    (1 / 3, 1 / 3, 1 / 3),
    (0.9, 0.05, 0.05),
    (0.4, 0.3, 0.2, 0.1),
    (0.1, 0.1, 0.1, 0.7),
    (0.2, 0.2, 0.2, 0.2, 0.2),
    (0.1,) * 10,  # in floating point, the sum is not exactly 1
)
BLOCKS, TURNS, SORTED = "leaves_the_classes_in_blocks", "lets_the_classes_take_turns", "sorts_the_parts"


def many_labels():
    """Balanced, skewed and tiny classes, sorted and not, with and without gaps between the labels."""
    rng = np.random.default_rng(1)
    yield np.arange(60) % 3
    yield np.repeat([0, 1, 2, 3], [45, 9, 5, 1])
    yield rng.permutation(np.repeat([0, 1, 2, 3, 4], [37, 6, 3, 2, 1]))
    yield rng.permutation(np.repeat([3, 8, 100, 41], [26, 13, 4, 1]))
    yield np.array([1, 0, 1, 0, 0, 1, 1])
    yield np.zeros(9, np.int64)


@points(0.5)
def test_tensors(student):
    """A tuple of 1-D int64 tensors, for labels in a list, an array or a tensor"""
    kinds = [np.int64, np.int32, np.int16, np.int8, np.uint8]
    labels = np.repeat([7, 2, 90], [20, 9, 3])
    for given in (
        labels.tolist(),
        *(labels.astype(kind) for kind in kinds),
        *(torch.from_numpy(labels.astype(kind)) for kind in kinds),
        np.repeat(labels, 2)[::2],  # a view that is not contiguous
    ):
        expect_tensors(student.stratified_split(given, (0.5, 0.25, 0.25)), 3)
    expect_tensors(student.stratified_split(labels), 3)
    few = np.array([4, 4, 1])  # fewer samples than parts: some part is empty
    expect_tensors(student.stratified_split(few, (0.2,) * 5), 5)


@points(0.5)
def test_every_index_once(student):
    """Every index is in exactly one part"""
    for labels in many_labels():
        for fractions in FRACTIONS:
            expect_partition(student.stratified_split(labels, fractions), len(labels), len(fractions))


@points(1)
def test_shares(student):
    """Each class has its share in each part, give or take one sample"""
    for labels in many_labels():
        for seed, fractions in enumerate(FRACTIONS):
            expect_shares(student.stratified_split(labels, fractions, seed), labels, fractions)
    expect_shares(student.stratified_split(labels, [0.6, 0.2, 0.2]), labels, [0.6, 0.2, 0.2])
    expect_shares(student.stratified_split(labels), labels, (0.7, 0.15, 0.15))


@points(0.5)
def test_random_order(student):
    """The indices of a part are in random order: neither ascending, nor class by class"""
    blocks = np.repeat(np.arange(4), 150)
    for labels in (blocks, np.random.default_rng(2).permutation(blocks)):
        for seed in range(2):
            for part in read(student.stratified_split(labels, (0.5, 0.3, 0.2), seed=seed), 3):
                expect_random_order(np.asarray(part), labels)


@points(0.5)
def test_seed(student):
    """The same seed gives the same division, another seed another one"""
    labels = np.random.default_rng(3).permutation(np.repeat([0, 1, 2], [120, 60, 20]))
    fractions = (0.6, 0.2, 0.2)
    student.probe.seed(11)
    first = read(student.stratified_split(labels, fractions, seed=3), 3)
    student.probe.seed(12)
    again = read(student.stratified_split(labels, fractions, seed=3), 3)
    if first != again:
        fail("returned another division when it was called again with the same seed", "never_the_same")
    if read(student.stratified_split(labels, fractions), 3) != read(
        student.stratified_split(labels, fractions, 0), 3
    ):
        fail("without a seed, the division is not that of seed=0")
    others = [read(student.stratified_split(labels, fractions, seed), 3) for seed in (4, 5)]
    for one, other in ((first, others[0]), (first, others[1]), others):
        if one == other:
            fail("returned the same division for two seeds", mistake="ignores_the_seed")
        if all(set(a) == set(b) for a, b in zip(one, other, strict=True)):
            fail(
                "has put the same samples into each part for two seeds, only in another order: draw the "
                "samples of each part at random, too",
                mistake="takes_the_first_samples",
            )


@points(0.5)
def test_leaves_everything_else_alone(student):
    """The global random state and the labels are left alone"""
    labels = np.random.default_rng(4).permutation(np.repeat([0, 1, 2], [30, 20, 10]))
    for given in (labels, torch.from_numpy(labels), labels.tolist()):
        student.probe.seed(13)
        before = student.probe.random_state()
        parts = student.stratified_split(given, seed=5)
        expect_unchanged(student)
        if student.probe.random_state() != before:
            fail(
                "changed the global random state (of Python, NumPy or torch), on which everybody else's "
                "random numbers depend; make a generator of your own from the seed"
            )
        expect_partition(parts, len(labels), 3)


@points(0.5)
def test_rejects_wrong_fractions(student):
    """ValueError for fractions that are not positive or do not sum to 1, and only for those"""
    labels = np.repeat([0, 1], [30, 20])
    for fractions in FRACTIONS:
        student.stratified_split(labels, fractions)
    wrong = (
        (0.5, 0.4),
        (0.7, 0.15, 0.1),
        (0.7, 0.15, 0.17),
        (0.6, 0.6),
        (0.3, 0.3),
        (7, 2, 1),
        (0.5, 0.5, 0.0),
        (1.0, 0.0),
        (1.2, -0.2),
        (-0.5, 0.75, 0.75),
        (-0.5, -0.5),
    )
    try_all(student.stratified_split, [(labels, fractions) for fractions in wrong])
    for fractions in wrong:
        expect_value_error(student.stratified_split, labels, fractions, naming=("fractions",))


# ---------------------------------------------------------------- what is expected


def expect_tensors(parts, count):
    read(parts, count)
    if not isinstance(parts, tuple):
        fail(f"returned {describe(parts)}; a tuple is expected")
    for number, part in enumerate(parts):
        if not isinstance(part, torch.Tensor):
            fail(f"part {number} is {describe(part)}; a tensor is expected")
        if part.ndim != 1 or part.dtype != torch.int64:
            fail(f"part {number} is {describe(part)}; one dimension and dtype int64 are expected")


def read(parts, count):
    """The parts as lists of ints."""
    if not isinstance(parts, (tuple, list)):
        fail(f"returned {describe(parts)}; a tuple is expected, with a tensor of indices for each fraction")
    if len(parts) != count:
        fail(f"returned {len(parts)} parts for {count} fractions")
    return [_indices(part, number) for number, part in enumerate(parts)]


def _indices(part, number):
    values = part.tolist() if isinstance(part, (torch.Tensor, np.ndarray)) else part
    if not isinstance(values, (list, tuple)) or any(isinstance(value, (list, tuple)) for value in values):
        fail(f"part {number} is {describe(part)}; a tensor of indices is expected, in one dimension")
    for value in values:
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float, np.integer, np.floating))
            or value % 1 != 0
        ):
            fail(f"part {number} holds {describe(value)}; indices are expected")
    return [int(value) for value in values]


def expect_partition(parts, n, count):
    indices = [index for part in read(parts, count) for index in part]
    strange = [index for index in indices if not 0 <= index < n]
    if strange:
        fail(f"returned the index {strange[0]}, where there are {n} labels")
    twice = len(indices) - len(set(indices))
    if twice:
        fail(f"returned {twice} indices more than once; no sample may be in two parts")
    if len(indices) < n:
        fail(f"returned only {len(indices)} of {n} indices; every sample must be in some part")


def expect_shares(parts, labels, fractions):
    for number, (part, fraction) in enumerate(zip(read(parts, len(fractions)), fractions, strict=True)):
        if any(not 0 <= index < len(labels) for index in part):
            fail(f"part {number} has an index that is no position in labels")
        chosen = labels[np.array(part, np.int64)]
        for label in np.unique(labels):
            members, got = int(np.sum(labels == label)), int(np.sum(chosen == label))
            exact = fraction * members
            if abs(got - exact) > 1 + 1e-9:
                fail(
                    f"part {number} (fraction {fraction:.3g}) has {got} of the {members} samples of class "
                    f"{label}; its exact share is {exact:.4g}, and one more or less is allowed"
                )


def expect_random_order(part, labels):
    """No pattern may show; by chance each of these bounds is passed once in a hundred million times."""
    n = len(part)
    if n < 100 or part.min() < 0 or part.max() >= len(labels):
        fail(f"has a part of {n} indices, which are too few for its fraction, or not all positions in labels")
    if (np.diff(part) > 0).all():
        fail("has left the indices of a part in ascending order; shuffle them", SORTED)
    shares = np.bincount(labels[part]) / n
    changes, expected = np.mean(np.diff(labels[part]) != 0), 1 - np.sum(shares**2)
    spread = np.sqrt(expected * (1 - expected) / n)
    if changes < expected - 6 * spread:
        fail(
            "has put the classes one after the other within a part; shuffle the whole part at the end", BLOCKS
        )
    if changes > expected + 6 * spread:
        fail("has let the classes take turns within a part; that is not a random order", TURNS)
    for which in (np.ones(n, bool), *(labels[part] == label for label in np.unique(labels))):
        some = part[which]
        if len(some) < 40:
            continue  # too few to tell
        ranks = np.argsort(np.argsort(some))
        if abs(np.corrcoef(ranks, np.arange(len(some)))[0, 1]) > 6 / np.sqrt(len(some)):
            fail(
                "has left the indices of a part in ascending or descending order, or nearly so; shuffle them",
                SORTED,
            )
    steps = np.mean(np.diff(part) == 1) if n else 0
    if steps > 0.1:
        fail("has left neighbouring indices side by side; shuffle all of a part")
