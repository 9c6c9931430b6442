"""Wrong answers to 06-capstone that students really give, in each exercise the subtle ones first."""

import copy
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from grader.checking import mistake

# ---------------------------------------------------------------- stratified_split


def _positive_and_whole(fractions):
    return all(fraction > 0 for fraction in fractions) and math.isclose(sum(fractions), 1)


def _check_fractions(fractions):
    if not _positive_and_whole(fractions):
        raise ValueError("fractions must be positive and sum to 1")


def _cut(members, fractions):
    """Cut at the rounded borders."""
    borders = [round(sum(fractions[: i + 1]) * len(members)) for i in range(len(fractions) - 1)]
    return np.split(members, borders)


def _split(labels, fractions, seed, cut=_cut, shuffle=True, mix=True):
    """Each class by itself, then the pieces together."""
    labels, rng = np.asarray(labels), np.random.default_rng(seed)
    parts = [[] for _ in fractions]
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        for part, piece in zip(
            parts, cut(rng.permutation(members) if shuffle else members, fractions), strict=True
        ):
            part.append(piece)
    joined = [np.concatenate(part) for part in parts]
    return tuple(torch.from_numpy(rng.permutation(part) if mix else part) for part in joined)


def _split_of(labels, fractions, seed):
    _check_fractions(fractions)
    return _split(labels, fractions, seed)


@mistake(
    "stratified_split",
    "Your ValueError does not name the argument that is wrong, `fractions`.",
)
def names_no_fractions(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    try:
        return _split_of(labels, fractions, seed)
    except ValueError:
        raise ValueError("invalid input") from None


@mistake(
    "stratified_split",
    "You compare the sum of the fractions with 1 by `==`. Ten times 0.1 is 0.9999999999999999: allow for "
    "rounding (math.isclose).",
)
def compares_the_sum_exactly(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    if min(fractions) <= 0 or sum(fractions) != 1:
        raise ValueError("fractions must be positive and sum to 1")
    return _split(labels, fractions, seed)


@mistake(
    "stratified_split",
    "You reject fractions that sum to more than 1, but not those that sum to less.",
)
def accepts_small_sums(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    if min(fractions) <= 0 or sum(fractions) > 1 + 1e-9:
        raise ValueError("fractions must be positive and sum to 1")
    return _split(labels, fractions, seed)


@mistake("stratified_split", "You check the sum of the fractions, but not that each of them is positive.")
def accepts_fractions_that_are_not_positive(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    if not math.isclose(sum(fractions), 1):
        raise ValueError("fractions must sum to 1")
    return _split(labels, fractions, seed, cut=lambda m, f: _cut(m, [max(each, 0) for each in f]))


@mistake("stratified_split", "You reject negative fractions, but not zero; all have to be positive.")
def accepts_zero(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    if min(fractions) < 0 or not math.isclose(sum(fractions), 1):
        raise ValueError("fractions must be positive and sum to 1")
    return _split(labels, fractions, seed)


@mistake("stratified_split", "You make no check of the fractions.")
def checks_no_fractions(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    return _split(labels, fractions, seed, cut=lambda m, f: _cut(m, [max(each, 0) for each in f]))


@mistake("stratified_split", "You use `assert`, which raises AssertionError; raise ValueError yourself.")
def asserts_the_fractions(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    assert _positive_and_whole(fractions), "fractions must be positive and sum to 1"
    return _split(labels, fractions, seed)


@mistake(
    "stratified_split",
    "`torch.tensor` of an empty list is a float32 tensor: give it dtype=torch.int64, or start from integer "
    "arrays.",
)
def empty_parts_are_floats(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    return tuple(torch.tensor(part.tolist()) for part in _split_of(labels, fractions, seed))


@mistake("stratified_split", "Your parts are arrays; make tensors of them (torch.from_numpy).")
def returns_arrays(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    return tuple(part.numpy() for part in _split_of(labels, fractions, seed))


@mistake("stratified_split", "Your parts are lists; make int64 tensors of them.")
def returns_lists_of_indices(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    return tuple(part.tolist() for part in _split_of(labels, fractions, seed))


@mistake("stratified_split", "Your indices are int32; they have to be int64.")
def short_indices(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    return tuple(part.int() for part in _split_of(labels, fractions, seed))


@mistake(
    "stratified_split", "You return masks (one bool per sample); the indices of the samples are expected."
)
def returns_masks(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    every = np.arange(len(labels))
    return tuple(torch.from_numpy(np.isin(every, part)) for part in _split_of(labels, fractions, seed))


@mistake(
    "stratified_split",
    "You return the labels of the parts' samples; their indices, positions in `labels`, are expected.",
)
def returns_labels(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    values = torch.as_tensor(np.asarray(labels).astype(np.int64))
    return tuple(values[part] for part in _split_of(labels, fractions, seed))


@mistake(
    "stratified_split",
    "You give each part its share of every class rounded down; what is left over is in no part.",
)
def rounds_every_part_down(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    def cut(members, fractions):
        return np.split(members, np.cumsum([int(each * len(members)) for each in fractions]))[:-1]

    _check_fractions(fractions)
    return _split(labels, fractions, seed, cut)


@mistake(
    "stratified_split",
    "Your last border is not always the end: the sum of the fractions times the number of samples can come "
    "out just below a whole number, and rounding it down loses a sample.",
)
def loses_the_last_sample(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    def cut(members, fractions):
        return np.split(
            members, [int(sum(fractions[: i + 1]) * len(members)) for i in range(len(fractions))]
        )[:-1]

    _check_fractions(fractions)
    return _split(labels, fractions, seed, cut)


@mistake(
    "stratified_split",
    "You round all shares down and give the rest to the last part; with several parts that adds up to more "
    "than one sample. Round the borders between the parts instead.",
)
def the_last_part_takes_the_rest(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    def cut(members, fractions):
        return np.split(members, np.cumsum([int(each * len(members)) for each in fractions[:-1]]))

    _check_fractions(fractions)
    return _split(labels, fractions, seed, cut)


@mistake(
    "stratified_split",
    "You round each share to the nearest whole number and give the rest to the last part; with several "
    "parts the rounding adds up to more than one sample. Round the borders between the parts instead.",
)
def rounded_shares_and_the_rest(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    def cut(members, fractions):
        return np.split(members, np.cumsum([round(each * len(members)) for each in fractions[:-1]]))

    _check_fractions(fractions)
    return _split(labels, fractions, seed, cut)


@mistake(
    "stratified_split",
    "You give every part at least one sample of each class; a class with fewer samples than there are "
    "parts then runs out, or some part gets more than its share.",
)
def one_of_each_at_least(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    def cut(members, fractions):
        return np.split(members, np.cumsum([max(1, int(each * len(members))) for each in fractions[:-1]]))

    _check_fractions(fractions)
    return _split(labels, fractions, seed, cut)


@mistake(
    "stratified_split",
    "You divide all samples at random, whatever their classes; stratified means that each class is divided "
    "by itself.",
)
def not_stratified(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    _check_fractions(fractions)
    order = np.random.default_rng(seed).permutation(len(labels))
    return tuple(torch.from_numpy(part) for part in _cut(order, fractions))


@mistake(
    "stratified_split",
    "You go through the labels 0, 1, 2, … up to the number of classes, but labels may be any integers: ask "
    "np.unique.",
)
def takes_labels_for_a_range(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    _check_fractions(fractions)
    labels, rng = np.asarray(labels), np.random.default_rng(seed)
    parts = [[np.zeros(0, np.int64)] for _ in fractions]
    for label in range(len(np.unique(labels))):
        members = rng.permutation(np.flatnonzero(labels == label))
        for part, piece in zip(parts, _cut(members, fractions), strict=True):
            part.append(piece)
    return tuple(torch.from_numpy(rng.permutation(np.concatenate(part))) for part in parts)


@mistake("stratified_split", "You always make three parts; there are as many as fractions.")
def always_three_parts(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    _check_fractions(fractions)
    first, second = fractions[0], fractions[0] + fractions[1]

    def cut(members, fractions):
        return np.split(members, [round(first * len(members)), round(second * len(members))])

    return _split(labels, (first, fractions[1], 1 - second), seed, cut)


@mistake(
    "stratified_split",
    "In each part the classes stand in blocks, one after the other. Shuffle each part once more at the end.",
)
def leaves_the_classes_in_blocks(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    _check_fractions(fractions)
    return _split(labels, fractions, seed, mix=False)


@mistake("stratified_split", "You let the classes take turns in each part; shuffle it instead.")
def lets_the_classes_take_turns(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    values = np.asarray(labels)

    def turns(part):
        rank = np.zeros(len(part), np.int64)
        for label in np.unique(values):
            which = values[part] == label
            rank[which] = np.arange(which.sum())
        return part[np.argsort(rank, kind="stable")]

    return tuple(torch.from_numpy(turns(part.numpy())) for part in _split_of(labels, fractions, seed))


@mistake("stratified_split", "You sort the indices of each part; random order is expected.")
def sorts_the_parts(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    return tuple(part.sort().values for part in _split_of(labels, fractions, seed))


@mistake(
    "stratified_split",
    "You take the samples of each class in the order in which they come: always the first ones into the "
    "first part. Shuffle the positions of each class before you cut them.",
)
def takes_the_first_samples(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    _check_fractions(fractions)
    return _split(labels, fractions, seed, shuffle=False)


@mistake("stratified_split", "The seed makes no difference: pass it to the generator.")
def ignores_the_seed(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    return _split_of(labels, fractions, 0)


@mistake(
    "stratified_split", "The same seed gives another division each time: make the generator from the seed."
)
def never_the_same(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    return _split_of(labels, fractions, None)


@mistake(
    "stratified_split",
    "`torch.manual_seed` sets the global generator, on which everybody depends; make one of your own: "
    "torch.Generator().manual_seed(seed), or np.random.default_rng(seed).",
)
def seeds_torch(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    torch.manual_seed(seed)
    return _split_of(labels, fractions, int(torch.randint(2**31, ())))


@mistake(
    "stratified_split",
    "`np.random.seed` sets the global generator, on which everybody depends; make one of your own: "
    "np.random.default_rng(seed).",
)
def seeds_numpy(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    np.random.seed(seed)
    return _split_of(labels, fractions, np.random.randint(2**31))


@mistake("stratified_split", "You shuffle or sort `labels` themselves; work on a copy.")
def sorts_the_labels(labels, fractions=(0.7, 0.15, 0.15), seed=0):
    parts = _split_of(labels, fractions, seed)
    if isinstance(labels, torch.Tensor):
        labels.copy_(labels.sort().values)
    else:
        labels.sort()
    return parts


# ---------------------------------------------------------------- capstone_cnn


class _Net(nn.Module):
    """CapstoneCNN, whose parts can be replaced."""

    channels = (3, 16, 32, 64)
    hidden = 128
    padding = 1
    kernel = 3
    bias = True

    def __init__(self, num_classes: int = 3):
        super().__init__()
        self.features, side = nn.Sequential(), 32
        for inside, outside in zip(self.channels, self.channels[1:], strict=False):
            convolution = nn.Conv2d(inside, outside, self.kernel, padding=self.padding, bias=self.bias)
            self.features.extend([convolution, *self.after(outside)])
            side = (side + 2 * self.padding - self.kernel + 1) // 2
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(outside * side**2, self.hidden),
            *self.between(),
            nn.Linear(self.hidden, num_classes),
            *self.last(),
        )

    def after(self, channels):
        return [nn.ReLU(), nn.MaxPool2d(2)]

    def between(self):
        return [nn.ReLU(), nn.Dropout(0.3)]

    def last(self):
        return []

    def forward(self, images):
        return self.classifier(self.features(images))


def _wrong_net(explanation):
    return mistake("capstone_cnn", explanation, defines="CapstoneCNN")


@_wrong_net("You use a dropout of 0.7: nn.Dropout takes the probability of being dropped, not of being kept.")
class KeepsThreeOfTen(_Net):
    def between(self):
        return [nn.ReLU(), nn.Dropout(0.7)]


@_wrong_net("Your dropout has another probability than 0.3 (that of nn.Dropout() is 0.5).")
class DropsHalf(_Net):
    def between(self):
        return [nn.ReLU(), nn.Dropout()]


@_wrong_net("There is no dropout, or none in front of the last layer.")
class NoDropout(_Net):
    def between(self):
        return [nn.ReLU()]


@_wrong_net(
    "F.dropout drops in eval mode, too, unless you tell it training=self.training (nn.Dropout knows by "
    "itself)."
)
class DropsInEvalMode(_Net):
    def between(self):
        return [nn.ReLU()]

    def forward(self, images):
        hidden = self.classifier[:-1](self.features(images))
        return self.classifier[-1](functional.dropout(hidden, 0.3))


@_wrong_net("Your dropout takes whole rows or channels; nn.Dropout draws each value by itself.")
class DropsWholeImages(_Net):
    def between(self):
        return [nn.ReLU(), nn.Dropout1d(0.3)]


@_wrong_net("Your dropout comes in front of the first linear layer; it belongs in front of the last.")
class DropoutBeforeTheFirstLinear(_Net):
    def between(self):
        return [nn.ReLU()]

    def forward(self, images):
        flat = functional.dropout(self.features(images).flatten(1), 0.3, self.training)
        return self.classifier[1:](flat)


@_wrong_net("Your dropout comes after the last layer, so it drops logits; it belongs in front of that layer.")
class DropsLogits(_Net):
    def between(self):
        return [nn.ReLU()]

    def last(self):
        return [nn.Dropout(0.3)]


@_wrong_net("There is more dropout than asked for: only one, in front of the last layer.")
class DropsEverywhere(_Net):
    def after(self, channels):
        return [nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.3)]


@_wrong_net("You end with softmax; logits are expected, since cross-entropy has softmax built in.")
class EndsWithSoftmax(_Net):
    def last(self):
        return [nn.Softmax(dim=1)]


@_wrong_net("You end with log-softmax; logits are expected, since cross-entropy has it built in.")
class EndsWithLogSoftmax(_Net):
    def last(self):
        return [nn.LogSoftmax(dim=1)]


@_wrong_net("You end with a ReLU, but logits may be negative.")
class EndsWithRelu(_Net):
    def last(self):
        return [nn.ReLU()]


@_wrong_net("There is no ReLU between the two linear layers.")
class NoReluBetweenLinears(_Net):
    def between(self):
        return [nn.Dropout(0.3)]


@_wrong_net("There is no ReLU after the convolutions.")
class NoReluInFeatures(_Net):
    def after(self, channels):
        return [nn.MaxPool2d(2)]


@_wrong_net("The last block has no ReLU; each of the three has one.")
class NoReluInTheLastBlock(_Net):
    def after(self, channels):
        return [nn.MaxPool2d(2)] if channels == 64 else super().after(channels)


@_wrong_net("You pool by averages; max-pooling is asked for.")
class PoolsAverages(_Net):
    def after(self, channels):
        return [nn.ReLU(), nn.AvgPool2d(2)]


@_wrong_net("You added BatchNorm, which is not asked for.")
class WithBatchNorm(_Net):
    def after(self, channels):
        return [nn.BatchNorm2d(channels), nn.ReLU(), nn.MaxPool2d(2)]


@_wrong_net("The convolutions have no padding, so the maps shrink by 2 each time; use padding=1.")
class NoPadding(_Net):
    padding = 0


@_wrong_net("Your convolutions pad with something else than zeros.")
class ReflectsAtTheEdge(_Net):
    def __init__(self, num_classes=3):
        super().__init__(num_classes)
        for layer in self.features:
            if isinstance(layer, nn.Conv2d):
                layer.padding_mode = "reflect"


@_wrong_net("Your convolutions are 5×5; they have to be 3×3.")
class LargeKernels(_Net):
    kernel, padding = 5, 2


@_wrong_net("There are only two blocks; three are asked for, with 16, 32 and 64 channels.")
class TwoBlocks(_Net):
    channels = (3, 16, 32)


@_wrong_net("Your blocks have 32, 64 and 128 channels; 16, 32 and 64 are asked for.")
class WideBlocks(_Net):
    channels = (3, 32, 64, 128)


@_wrong_net("Your convolutions have no biases.")
class NoBiases(_Net):
    bias = False


@_wrong_net("Your hidden layer has not 128 units.")
class SmallHiddenLayer(_Net):
    hidden = 64


@_wrong_net("You ignore num_classes: the last layer has always 3 units.")
class AlwaysThreeClasses(_Net):
    def __init__(self, num_classes=3):
        super().__init__(3)


@_wrong_net("The layers are right, but they are not in `self.features` and `self.classifier`.")
class OtherNames(_Net):
    def __init__(self, num_classes=3):
        super().__init__(num_classes)
        self.body, self.head = self.features, self.classifier
        del self.features, self.classifier

    def forward(self, images):
        return self.head(self.body(images))


@_wrong_net("Everything is in one Sequential; the linear layers belong in `self.classifier`.")
class AllInFeatures(_Net):
    def __init__(self, num_classes=3):
        super().__init__(num_classes)
        self.features = nn.Sequential(*self.features, *self.classifier)
        self.classifier = nn.Identity()


@_wrong_net("You flatten the batch along with the rest; nn.Flatten() and flatten(1) keep the first axis.")
class FlattensTheBatch(_Net):
    def forward(self, images):
        return self.classifier[1:](self.features(images).reshape(1, -1)[:, :1024])


@_wrong_net("You squeeze the result: for a single image, the batch axis is lost.")
class SqueezesTheBatch(_Net):
    def forward(self, images):
        return super().forward(images).squeeze()


@_wrong_net("You flatten with the channels last (or permute on the way); flatten the maps as they are.")
class FlattensChannelsLast(_Net):
    def forward(self, images):
        return self.classifier(self.features(images).permute(0, 2, 3, 1).contiguous())


@_wrong_net(
    "Something in forward is detached, or computed without gradients, so that layers before it cannot learn."
)
class DetachesTheFeatures(_Net):
    def forward(self, images):
        return self.classifier(self.features(images).detach())


@_wrong_net("All your models share the same layers: they are made once, outside of __init__.")
class SharesItsLayers(_Net):
    made = {}  # noqa: RUF012 - this is the mistake

    def __init__(self, num_classes=3):
        super().__init__(num_classes)
        parts = self.made.setdefault(num_classes, (self.features, self.classifier))
        self.features, self.classifier = parts


# ---------------------------------------------------------------- fit


def _epoch(model, loader, optimizer, device):
    """A pass over a loader; without an optimizer, for validation."""
    model.train(optimizer is not None)
    total, right, count = 0.0, 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            logits = model(images)
            loss = functional.cross_entropy(logits, labels)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(labels)
            right += (logits.argmax(1) == labels).sum().item()
            count += len(labels)
    return total / count, right / count


def _adam(model, lr):
    return torch.optim.Adam(model.parameters(), lr=lr)


def _copy(model):
    return copy.deepcopy(model.state_dict())


class _Fit:
    """A right `fit` in pieces that can be replaced."""

    make_optimizer = staticmethod(_adam)
    train = validate = staticmethod(_epoch)
    save = staticmethod(_copy)
    start = -1.0  # of the best accuracy

    def better(self, value, best):
        return value > best

    def score(self, history):
        return history["val_acc"][-1]

    def patient(self, waited, patience):
        return waited < patience

    def restore(self, model, state, stopped):
        if state is not None:
            model.load_state_dict(state)

    def __call__(self, model, train_loader, val_loader, max_epochs=20, patience=3, lr=1e-3, device="cpu"):
        model.to(device)
        optimizer = self.make_optimizer(model, lr)
        history = {"train_loss": [], "train_acc": [], "val_loss": [], "val_acc": [], "best_epoch": 0}
        best, state, waited, stopped = self.start, None, 0, False
        for epoch in range(max_epochs):
            for name, (loss, accuracy) in (
                ("train", self.train(model, train_loader, optimizer, device)),
                ("val", self.validate(model, val_loader, None, device)),
            ):
                history[f"{name}_loss"].append(loss)
                history[f"{name}_acc"].append(accuracy)
            if self.better(self.score(history), best):
                best, state, waited = self.score(history), self.save(model), 0
                history["best_epoch"] = epoch
            else:
                waited += 1
                if not self.patient(waited, patience):
                    stopped = True
                    break
        self.restore(model, state, stopped)
        return history


def _wrong_fit(explanation):
    """Make a mistake of a class like `_Fit`."""

    def declare(kind):
        def fit(model, train_loader, val_loader, max_epochs=20, patience=3, lr=1e-3, device="cpu"):
            return kind()(model, train_loader, val_loader, max_epochs, patience, lr, device)

        fit.__name__ = kind.__name__
        return mistake("fit", explanation, defines="fit")(fit)

    return declare


@_wrong_fit("You bring back the parameters of the best epoch, but not the buffers (BatchNorm's statistics).")
class ForgetsTheBuffers(_Fit):
    def save(self, model):
        return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}

    def restore(self, model, state, stopped):
        model.load_state_dict(state, strict=False)


@_wrong_fit(
    "The model is left in the state of its last epoch, not of its best. Is the best state brought back "
    "into the model that was passed? And was it a copy? state_dict() holds the model's own tensors, which "
    "training goes on changing: copy.deepcopy them."
)
class LeavesTheLastState(_Fit):
    def save(self, model):
        return model.state_dict()


@_wrong_fit(
    "You bring the best state back only when patience ran out; it must also be there after max_epochs."
)
class RestoresOnlyWhenStopped(_Fit):
    def restore(self, model, state, stopped):
        if stopped:
            model.load_state_dict(state)


@_wrong_fit(
    "You bring the best state back only after max_epochs; it must also be there when patience ran out."
)
class RestoresOnlyAtTheEnd(_Fit):
    def restore(self, model, state, stopped):
        if not stopped:
            model.load_state_dict(state)


@_wrong_fit(
    "In the end the model is as it was before: you trained a copy of it, or brought back a state from "
    "before the training."
)
class RestoresTheFirstState(_Fit):
    def __call__(self, model, *options):
        before = _copy(model)
        history = super().__call__(model, *options)
        model.load_state_dict(before)
        return history


@_wrong_fit("You copy the state at the beginning of an epoch, before the training that made it the best.")
class SavesBeforeTheEpoch(_Fit):
    before = now = None

    def train(self, model, loader, optimizer, device):
        self.before = _copy(model)
        return _epoch(model, loader, optimizer, device)

    def save(self, model):
        return self.before


@_wrong_fit("You take an epoch that is as good as the best for a new best; it has to be strictly better.")
class TiesAreBetter(_Fit):
    def better(self, value, best):
        return value >= best


@_wrong_fit("You ask for an improvement by a certain amount; any strictly higher accuracy is a new best.")
class WantsMore(_Fit):
    def better(self, value, best):
        return value > best + 1e-4


@_wrong_fit(
    "Your best accuracy starts at 0, so that a first epoch with nothing right is no best one, and there "
    "may be no state to bring back. Start below 0."
)
class StartsAtZero(_Fit):
    start = 0.0


@_wrong_fit("You wait one epoch too long: stop in the epoch that is the patience-th without a new best.")
class WaitsTooLong(_Fit):
    def patient(self, waited, patience):
        return waited <= patience


@_wrong_fit("You stop one epoch too early: `patience` epochs without a new best have to pass.")
class StopsTooEarly(_Fit):
    def patient(self, waited, patience):
        return waited < max(patience - 1, 1)


@_wrong_fit(
    "You count all epochs without a new best; it has to be `patience` of them in a row, so a new best "
    "starts the count again."
)
class NeverCountsAgain(_Fit):
    count = 0

    def patient(self, waited, patience):
        self.count += 1
        return self.count < patience


@_wrong_fit("You never stop early.")
class NeverStops(_Fit):
    def patient(self, waited, patience):
        return True


@_wrong_fit("You compare each epoch with the one before it; compare it with the best so far.")
class ComparesWithTheLastEpoch(_Fit):
    last = -1.0

    def better(self, value, best):
        last, self.last = self.last, value
        return value > last


@_wrong_fit("You take the lowest validation loss for the best; the exercise asks for the highest accuracy.")
class BestByLoss(_Fit):
    start = -math.inf

    def score(self, history):
        return -history["val_loss"][-1]


@_wrong_fit(
    "You choose the best epoch by the accuracy on the training set; it is the validation set that tells."
)
class BestByTraining(_Fit):
    def score(self, history):
        return history["train_acc"][-1]


def _with_history(change):
    """A `_Fit` whose history is changed in the end."""

    class Changed(_Fit):
        def __call__(self, *arguments):
            return change(super().__call__(*arguments))

    return Changed


@_wrong_fit("You count best_epoch from 1; the first epoch is number 0.")
class CountsEpochsFromOne(_with_history(lambda h: {**h, "best_epoch": h["best_epoch"] + 1})):
    pass


@_wrong_fit("best_epoch is the number of the last epoch; that of the best is expected.")
class BestEpochIsTheLast(_with_history(lambda h: {**h, "best_epoch": len(h["val_acc"]) - 1})):
    pass


@_wrong_fit("The history has no best_epoch.")
class NoBestEpoch(_with_history(lambda h: {k: v for k, v in h.items() if k != "best_epoch"})):
    pass


@_wrong_fit("You cut the history after the best epoch; all epochs that were run belong in it.")
class HistoryUpToTheBest(
    _with_history(lambda h: {k: v[: h["best_epoch"] + 1] if isinstance(v, list) else v for k, v in h.items()})
):
    pass


@_wrong_fit("fit returns nothing; return the history.")
class ReturnsNothing(_with_history(lambda h: None)):
    pass


@_wrong_fit("Your accuracies are percentages; fractions between 0 and 1 are expected.")
class Percentages(
    _with_history(lambda h: {k: [100 * each for each in v] if k.endswith("acc") else v for k, v in h.items()})
):
    pass


def _mean_of_batches(model, loader, optimizer, device):
    """Like `_epoch`, with the mean of the batches' means."""
    figures = [_epoch(model, [batch], optimizer, device) for batch in loader]
    return tuple(sum(each) / len(figures) for each in zip(*figures, strict=True))


@_wrong_fit(
    "Your losses and accuracies are means over batches; the last batch is smaller and must weigh less: "
    "means over samples are expected."
)
class MeansOfBatches(_Fit):
    train = validate = staticmethod(_mean_of_batches)


@_wrong_fit(
    "Your validation loss or accuracy is a mean over batches; the last batch is smaller and must weigh less."
)
class ValidationMeansOfBatches(_Fit):
    validate = staticmethod(_mean_of_batches)


@_wrong_fit("Your losses are those of the last batch; the mean over all samples of the epoch is expected.")
class LossOfTheLastBatch(_Fit):
    def train(self, model, loader, optimizer, device):
        figures = [_epoch(model, [batch], optimizer, device) for batch in loader]
        right = sum(each[1] * len(batch[1]) for each, batch in zip(figures, loader, strict=True))
        return figures[-1][0], right / sum(len(batch[1]) for batch in loader)

    validate = train


@_wrong_fit(
    "You divide the sum of the batches' mean losses by the number of samples: multiply each by the batch's "
    "size first."
)
class LossesTooSmall(_Fit):
    def train(self, model, loader, optimizer, device):
        losses, right, count = 0.0, 0.0, 0
        for batch in loader:
            loss, accuracy = _epoch(model, [batch], optimizer, device)
            losses, count = losses + loss, count + len(batch[1])
            right += accuracy * len(batch[1])
        return losses / count, right / count

    validate = train


@_wrong_fit("Your accuracies are numbers of right answers; divide by the number of samples.")
class CountsRightAnswers(_Fit):
    def train(self, model, loader, optimizer, device):
        loss, accuracy = _epoch(model, loader, optimizer, device)
        return loss, accuracy * sum(len(labels) for _, labels in loader)

    validate = train


@_wrong_fit("You validate on the training set.")
class ValidatesOnTheTrainingSet(_Fit):
    def __call__(self, model, train_loader, val_loader, *options):
        return super().__call__(model, train_loader, train_loader, *options)


@_wrong_fit(
    "You validate in train mode, where dropout is on and BatchNorm learns from the validation images: call "
    "model.eval()."
)
class ValidatesInTrainMode(_Fit):
    def validate(self, model, loader, optimizer, device):
        model.train()
        model.eval = model.train = lambda *_: model
        figures = _epoch(model, loader, None, device)
        del model.eval, model.train
        return figures


@_wrong_fit(
    "After the first validation the model stays in eval mode: call model.train() at the beginning of EVERY "
    "epoch."
)
class StaysInEvalMode(_Fit):
    first = True

    def train(self, model, loader, optimizer, device):
        model.train(self.first)
        self.first = False
        model.train = lambda *_: model
        figures = _epoch(model, loader, optimizer, device)
        del model.train
        return figures


@_wrong_fit("You never call model.train(): a model that comes in eval mode is trained in eval mode.")
class NeverInTrainMode(_Fit):
    def train(self, model, loader, optimizer, device):
        model.train = lambda *_: model
        figures = _epoch(model, loader, optimizer, device)
        del model.train
        return figures


@_wrong_fit("You train on the validation set, too; it is there for looking only.")
class TrainsOnValidation(_Fit):
    optimizer = None

    def train(self, model, loader, optimizer, device):
        self.optimizer = optimizer
        return _epoch(model, loader, optimizer, device)

    def validate(self, model, loader, optimizer, device):
        _epoch(model, loader, self.optimizer, device)
        return _epoch(model, loader, None, device)


def _train_with(step):
    """An epoch of training with another way to make a step: (model, images, labels, optimizer)."""

    def train(model, loader, optimizer, device):
        model.train()
        total, right, count = 0.0, 0, 0
        for number, (images, labels) in enumerate(loader):
            logits, loss = step(model, images.to(device), labels.to(device), optimizer, number, len(loader))
            total += loss.item() * len(labels)
            right += (logits.argmax(1).cpu() == labels.cpu()).sum().item()
            count += len(labels)
        return total / count, right / count

    return staticmethod(train)


def _step_on(loss, optimizer):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def _no_zero_grad(model, images, labels, optimizer, number, batches):
    logits = model(images)
    loss = functional.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return logits, loss


@_wrong_fit("You never call optimizer.zero_grad(), so gradients of all batches so far add up.")
class NoZeroGrad(_Fit):
    train = _train_with(_no_zero_grad)


def _one_step(model, images, labels, optimizer, number, batches):
    logits = model(images)
    loss = functional.cross_entropy(logits, labels)
    loss.backward()
    if number == batches - 1:
        optimizer.step()
        optimizer.zero_grad()
    return logits, loss


@_wrong_fit("You make one step an epoch; optimizer.step() belongs in the loop over batches.")
class OneStepAnEpoch(_Fit):
    train = _train_with(_one_step)


def _no_step(model, images, labels, optimizer, number, batches):
    logits = model(images)
    loss = functional.cross_entropy(logits, labels)
    loss.backward()
    return logits, loss


@_wrong_fit("Nothing is learned: optimizer.step() is missing.")
class NoStep(_Fit):
    train = _train_with(_no_step)


def _softmax_first(model, images, labels, optimizer, number, batches):
    logits = model(images)
    loss = functional.cross_entropy(logits.softmax(1), labels)
    _step_on(loss, optimizer)
    return logits, loss


@_wrong_fit("You apply softmax before cross-entropy, which has it built in.")
class SoftmaxFirst(_Fit):
    train = _train_with(_softmax_first)


def _squares(model, images, labels, optimizer, number, batches):
    logits = model(images)
    loss = functional.mse_loss(logits, functional.one_hot(labels, logits.shape[1]).to(logits.dtype))
    _step_on(loss, optimizer)
    return logits, loss


@_wrong_fit("You train with squared errors; cross-entropy is asked for.")
class SquaredErrors(_Fit):
    train = _train_with(_squares)


def _smooth(model, images, labels, optimizer, number, batches):
    logits = model(images)
    loss = functional.cross_entropy(logits, labels, label_smoothing=0.1)
    _step_on(loss, optimizer)
    return logits, loss


@_wrong_fit("You smooth the labels; plain cross-entropy is asked for.")
class SmoothLabels(_Fit):
    train = _train_with(_smooth)


@_wrong_fit("You use SGD; Adam is asked for.")
class UsesSgd(_Fit):
    def make_optimizer(self, model, lr):
        return torch.optim.SGD(model.parameters(), lr=lr)


@_wrong_fit(
    "You use AdamW, or weight decay, which pulls large weights towards zero; plain Adam is asked for."
)
class UsesAdamw(_Fit):
    def make_optimizer(self, model, lr):
        return torch.optim.AdamW(model.parameters(), lr=lr)


@_wrong_fit("You use RMSprop; Adam is asked for.")
class UsesRmsprop(_Fit):
    def make_optimizer(self, model, lr):
        return torch.optim.RMSprop(model.parameters(), lr=lr)


@_wrong_fit("You ignore `lr`: the optimizer has its own learning rate.")
class IgnoresLr(_Fit):
    def make_optimizer(self, model, lr):
        return torch.optim.Adam(model.parameters())


@_wrong_fit(
    "You make a new optimizer in every epoch, which forgets what Adam has learned about the gradients."
)
class AnOptimizerAnEpoch(_Fit):
    lr = None

    def make_optimizer(self, model, lr):
        self.lr = lr

    def train(self, model, loader, optimizer, device):
        return _epoch(model, loader, _adam(model, self.lr), device)


@_wrong_fit("Your optimizer has only some of the parameters; it needs model.parameters().")
class TrainsTheLastLayer(_Fit):
    def make_optimizer(self, model, lr):
        return torch.optim.Adam(list(model.parameters())[-2:], lr=lr)


@_wrong_fit("You ignore max_epochs.")
class IgnoresMaxEpochs(_Fit):
    def __call__(self, model, train_loader, val_loader, max_epochs, *options):
        return super().__call__(model, train_loader, val_loader, 20, *options)


@_wrong_fit("You ignore `patience`.")
class IgnoresPatience(_Fit):
    def __call__(self, model, train_loader, val_loader, max_epochs, patience, *options):
        return super().__call__(model, train_loader, val_loader, max_epochs, 3, *options)


@_wrong_fit("You ignore `device`: the model and every batch have to be moved there.")
class IgnoresTheDevice(_Fit):
    def __call__(self, model, train_loader, val_loader, max_epochs, patience, lr, device):
        return super().__call__(model, train_loader, val_loader, max_epochs, patience, lr, "cpu")


@_wrong_fit("You move the batches to `device`, but not the model.")
class LeavesTheModelBehind(_Fit):
    def __call__(self, model, *options):
        model.to = lambda *_: model
        history = super().__call__(model, *options)
        del model.to
        return history


@_wrong_fit("You move the training batches to `device`, but not those of the validation set.")
class LeavesTheValidationSetBehind(_Fit):
    def validate(self, model, loader, optimizer, device):
        return _epoch(model, loader, optimizer, "cpu")


# ---------------------------------------------------------------- confusion_matrix


def _check_labels(y_true, y_pred, num_classes):
    if len(y_true) != len(y_pred):
        raise ValueError("y_true and y_pred have unequal lengths")
    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        if any(not 0 <= label < num_classes for label in labels.tolist()):
            raise ValueError(f"{name} has labels outside of 0 to num_classes - 1")


def _count(y_true, y_pred, num_classes):
    """Counts of labels that are all right."""
    counts = np.zeros((num_classes, num_classes), np.int64)
    np.add.at(counts, (y_true.astype(np.int64), y_pred.astype(np.int64)), 1)
    return counts


def _counts(y_true, y_pred, num_classes):
    _check_labels(y_true, y_pred, num_classes)
    return _count(y_true, y_pred, num_classes)


@mistake("confusion_matrix", "Your ValueError does not name the argument that is wrong.")
def names_no_labels(y_true, y_pred, num_classes):
    try:
        return _counts(y_true, y_pred, num_classes)
    except ValueError:
        raise ValueError("invalid input") from None


@mistake(
    "confusion_matrix",
    "You compute num_classes · true + predicted in the dtype of the labels, where it overflows; convert to "
    "int64 first.",
)
def overflows_in_small_dtypes(y_true, y_pred, num_classes):
    _check_labels(y_true, y_pred, num_classes)
    factor = np.asarray(num_classes).astype(y_true.dtype)
    with np.errstate(all="ignore"):
        places = (y_true * factor + y_pred).astype(np.int64)
    if len(places) and (places.min() < 0 or places.max() >= num_classes**2):
        raise IndexError("index out of bounds")
    return np.bincount(places, minlength=num_classes**2).reshape(num_classes, num_classes)


@mistake(
    "confusion_matrix",
    "np.bincount takes no uint64, and what is computed from uint64 and int64 is a float64: convert the "
    "labels to int64.",
)
def stumbles_over_uint64(y_true, y_pred, num_classes):
    _check_labels(y_true, y_pred, num_classes)
    if np.uint64 in (y_true.dtype, y_pred.dtype):
        raise TypeError("Cannot cast array data from dtype('uint64') to dtype('int64')")
    return _count(y_true, y_pred, num_classes)


@mistake(
    "confusion_matrix",
    "Your matrix has a small dtype (that of the labels, for example), in which large counts overflow.",
)
def counts_in_the_labels_dtype(y_true, y_pred, num_classes):
    return _counts(y_true, y_pred, num_classes).astype(y_true.dtype)


@mistake("confusion_matrix", "Your matrix is uint8, so counts start again at 256; use int64.")
def counts_in_bytes(y_true, y_pred, num_classes):
    return _counts(y_true, y_pred, num_classes).astype(np.uint8)


@mistake("confusion_matrix", "Your matrix is int16 (or uint16), in which large counts overflow; use int64.")
def counts_in_two_bytes(y_true, y_pred, num_classes):
    return _counts(y_true, y_pred, num_classes).astype(np.int16)


@mistake("confusion_matrix", "You have rows and columns exchanged: the true classes are the rows.")
def columns_are_true(y_true, y_pred, num_classes):
    return _counts(y_true, y_pred, num_classes).T.copy()


@mistake(
    "confusion_matrix",
    "`counts[y_true, y_pred] += 1` counts repeated pairs only once; use np.add.at, or a loop.",
)
def counts_pairs_once(y_true, y_pred, num_classes):
    return np.minimum(_counts(y_true, y_pred, num_classes), 1)


@mistake("confusion_matrix", "Your matrix has floats (np.zeros makes them by default); counts are integers.")
def counts_in_floats(y_true, y_pred, num_classes):
    return _counts(y_true, y_pred, num_classes).astype(np.float64)


@mistake("confusion_matrix", "You divide each row by its sum; the counts themselves are expected.")
def fractions_of_rows(y_true, y_pred, num_classes):
    counts = _counts(y_true, y_pred, num_classes)
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


@mistake("confusion_matrix", "Your matrix is a nested list; return an array.")
def returns_a_nested_list(y_true, y_pred, num_classes):
    return _counts(y_true, y_pred, num_classes).tolist()


@mistake("confusion_matrix", "You return a tensor; a NumPy array is expected.")
def returns_a_tensor(y_true, y_pred, num_classes):
    return torch.from_numpy(_counts(y_true, y_pred, num_classes))


@mistake(
    "confusion_matrix",
    "You keep only classes that occur; the matrix is num_classes × num_classes, whatever the labels are.",
)
def drops_absent_classes(y_true, y_pred, num_classes):
    counts = _counts(y_true, y_pred, num_classes)
    present = np.union1d(y_true, y_pred).astype(int)
    return counts[np.ix_(present, present)]


@mistake(
    "confusion_matrix",
    "The matrix ends with the largest label that occurs (bincount without minlength, or max + 1); its size "
    "is num_classes.",
)
def size_of_the_largest_label(y_true, y_pred, num_classes):
    counts = _counts(y_true, y_pred, num_classes)
    size = max(int(y_true.max(initial=0)), int(y_pred.max(initial=0))) + 1
    return counts[:size, :size]


@mistake("confusion_matrix", "You leave out the wrong predictions: only the diagonal is filled.")
def only_the_diagonal(y_true, y_pred, num_classes):
    return np.diag(np.diag(_counts(y_true, y_pred, num_classes)))


@mistake(
    "confusion_matrix",
    "You do not reject negative labels: index -1 counts from the end, so that -1 is taken for the last "
    "class.",
)
def accepts_negative_labels(y_true, y_pred, num_classes):
    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        if any(label >= num_classes for label in labels.tolist()):
            raise ValueError(f"{name} has labels outside of 0 to num_classes - 1")
    return _counts(y_true % num_classes, y_pred % num_classes, num_classes)


@mistake(
    "confusion_matrix", "A label equal to num_classes is outside, too: the last class is num_classes - 1."
)
def accepts_a_label_too_many(y_true, y_pred, num_classes):
    _check_labels(y_true, y_pred, num_classes + 1)
    return _count(y_true, y_pred, num_classes + 1)[:num_classes, :num_classes]


@mistake("confusion_matrix", "You check the labels of y_true only; those of y_pred can be wrong as well.")
def checks_true_labels_only(y_true, y_pred, num_classes):
    _check_labels(y_true, np.clip(y_pred, 0, num_classes - 1), num_classes)
    inside = (y_pred >= 0) & (y_pred < num_classes)
    return _count(y_true[inside], y_pred[inside], num_classes)


@mistake("confusion_matrix", "A label outside leads to an IndexError; raise a ValueError before you count.")
def leaves_strange_labels_to_numpy(y_true, y_pred, num_classes):
    if len(y_true) != len(y_pred):
        raise ValueError("y_true and y_pred have unequal lengths")
    try:
        return _counts(y_true, y_pred, num_classes)
    except ValueError as error:
        raise IndexError(str(error)) from None


@mistake(
    "confusion_matrix", "You make no check of the labels: those outside are left out, and nobody is told."
)
def skips_strange_labels(y_true, y_pred, num_classes):
    if len(y_true) != len(y_pred):
        raise ValueError("y_true and y_pred have unequal lengths")
    inside = (y_true >= 0) & (y_true < num_classes) & (y_pred >= 0) & (y_pred < num_classes)
    return _count(y_true[inside], y_pred[inside], num_classes)


@mistake(
    "confusion_matrix",
    "`zip` ends with the shorter one, so unequal lengths go unnoticed; raise a ValueError.",
)
def zips_unequal_lengths(y_true, y_pred, num_classes):
    count = min(len(y_true), len(y_pred))
    return _counts(y_true[:count], y_pred[:count], num_classes)


@mistake(
    "confusion_matrix",
    "You leave unequal lengths to NumPy, which takes a single label as good for any number of others; "
    "compare the lengths yourself.",
)
def leaves_lengths_to_numpy(y_true, y_pred, num_classes):
    try:
        true, predicted = np.broadcast_arrays(y_true, y_pred)
    except ValueError:
        raise ValueError("y_true and y_pred have unequal lengths") from None
    return _counts(true, predicted, num_classes)


@mistake("confusion_matrix", "You use `assert`, which raises AssertionError; raise ValueError yourself.")
def asserts_labels(y_true, y_pred, num_classes):
    try:
        return _counts(y_true, y_pred, num_classes)
    except ValueError as error:
        raise AssertionError(str(error)) from None


@mistake("confusion_matrix", "You sort or otherwise change the labels that came in; work on copies.")
def changes_the_labels(y_true, y_pred, num_classes):
    counts = _counts(y_true, y_pred, num_classes)
    y_true.sort()
    return counts


# ---------------------------------------------------------------- per_class_metrics


def _ratio(above, below):
    """0 where there is nothing to divide by."""
    return np.divide(above, below, out=np.zeros(len(above)), where=below != 0)


def _metrics(cm, axis=0):
    cm = np.asarray(cm, np.float64)
    right, predicted, actual = np.diag(cm), cm.sum(axis), cm.sum(1 - axis)
    return {
        "precision": _ratio(right, predicted),
        "recall": _ratio(right, actual),
        "f1": _ratio(2 * right, predicted + actual),
    }


def _in_metrics(explanation):
    return mistake("per_class_metrics", explanation)


@_in_metrics(
    "Where a figure is undefined, NumPy divides by zero and gives a warning; divide only where it is defined."
)
def divides_with_a_warning(cm):
    cm = np.asarray(cm, np.float64)
    precision, recall = np.diag(cm) / cm.sum(0), np.diag(cm) / cm.sum(1)
    precision, recall = np.nan_to_num(precision), np.nan_to_num(recall)
    return {
        "precision": precision,
        "recall": recall,
        "f1": np.nan_to_num(2 * precision * recall / (precision + recall)),
    }


@_in_metrics("You suppress the warning, but undefined figures stay NaN; they count as 0.")
def leaves_nan(cm):
    with np.errstate(all="ignore"):
        cm = np.asarray(cm, np.float64)
        precision, recall = np.diag(cm) / cm.sum(0), np.diag(cm) / cm.sum(1)
        return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall)}


@_in_metrics(
    "Precision and recall are 0 where they are undefined, but F1 is NaN where both are 0; it counts as 0, "
    "too."
)
def leaves_nan_in_f1(cm):
    found = _metrics(cm)
    precision, recall = found["precision"], found["recall"]
    with np.errstate(all="ignore"):
        return {**found, "f1": 2 * precision * recall / (precision + recall)}


@_in_metrics("You take what is undefined for 1; it counts as 0.")
def takes_undefined_for_one(cm):
    cm, found = np.asarray(cm), _metrics(cm)
    found["precision"][cm.sum(0) == 0] = 1.0
    found["recall"][cm.sum(1) == 0] = 1.0
    found["f1"][(cm.sum(0) == 0) & (cm.sum(1) == 0)] = 1.0
    return found


def _with_epsilon(epsilon):
    def metrics(cm):
        cm = np.asarray(cm, np.float64)
        precision, recall = np.diag(cm) / (cm.sum(0) + epsilon), np.diag(cm) / (cm.sum(1) + epsilon)
        return {
            "precision": precision,
            "recall": recall,
            "f1": 2 * precision * recall / (precision + recall + epsilon),
        }

    return metrics


@_in_metrics(
    "You add a small constant to the denominators, which makes every figure a little too small; handle the "
    "case of 0 by itself instead."
)
def adds_an_epsilon(cm):
    return _with_epsilon(1e-12)(cm)


@_in_metrics("You replace denominators below 1 by 1 also in F1, where precision + recall is often below 1.")
def at_least_one_below(cm):
    found = _metrics(cm)
    precision, recall = found["precision"], found["recall"]
    return {**found, "f1": 2 * precision * recall / np.maximum(precision + recall, 1)}


@_in_metrics(
    "You have precision and recall exchanged: precision is about columns (what was predicted as a class), "
    "recall about rows."
)
def exchanges_precision_and_recall(cm):
    return _metrics(cm, axis=1)


@_in_metrics("Your F1 is the plain mean of precision and recall; it is the harmonic mean.")
def plain_mean_for_f1(cm):
    found = _metrics(cm)
    return {**found, "f1": (found["precision"] + found["recall"]) / 2}


@_in_metrics("Your F1 lacks the factor 2.")
def half_of_f1(cm):
    found = _metrics(cm)
    return {**found, "f1": found["f1"] / 2}


@_in_metrics(
    "You divide by the sum of the whole matrix; precision is about one column, recall about one row."
)
def divides_by_the_total(cm):
    share = np.diag(cm) / max(np.sum(cm), 1)
    return {"precision": share, "recall": share.copy(), "f1": share.copy()}


@_in_metrics(
    "You leave what is right out of the denominator: a whole column, or row, belongs there, the diagonal "
    "included."
)
def leaves_out_the_diagonal(cm):
    cm = np.asarray(cm, np.float64)
    right = np.diag(cm)
    precision, recall = _ratio(right, cm.sum(0) - right), _ratio(right, cm.sum(1) - right)
    return {
        "precision": precision,
        "recall": recall,
        "f1": _ratio(2 * precision * recall, precision + recall),
    }


@_in_metrics("You treat the matrix as one of two classes; each of C classes has its own figures.")
def two_classes_only(cm):
    return {name: values[-1:] for name, values in _metrics(cm).items()}


@_in_metrics("You return means over the classes; an array with a figure for each class is expected.")
def averages_over_classes(cm):
    return {name: float(values.mean()) for name, values in _metrics(cm).items()}


@_in_metrics("Your dict has other keys than precision, recall and f1.")
def other_keys(cm):
    found = _metrics(cm)
    return {"precision": found["precision"], "recall": found["recall"], "f1_score": found["f1"]}


@_in_metrics("You return a tuple; a dict with the keys precision, recall and f1 is expected.")
def returns_a_tuple(cm):
    return tuple(_metrics(cm).values())


@_in_metrics("Your dict holds lists; make arrays of them.")
def lists_in_a_dict(cm):
    return {name: values.tolist() for name, values in _metrics(cm).items()}


@_in_metrics(
    "Your dict has an entry for each class; it must have the keys precision, recall and f1, each with an "
    "array."
)
def a_dict_for_each_class(cm):
    found = _metrics(cm)
    return {k: {name: float(values[k]) for name, values in found.items()} for k in range(len(cm))}


@_in_metrics("You round the figures.")
def rounds_figures(cm):
    return {name: values.round(4) for name, values in _metrics(cm).items()}


@_in_metrics("Your figures are percentages; fractions are expected.")
def percent(cm):
    return {name: 100 * values for name, values in _metrics(cm).items()}


@_in_metrics("You leave out classes that never occur; each of the C classes has its entry, absent ones 0.")
def skips_absent_classes(cm):
    present = np.sum(cm, axis=1) > 0
    return {name: values[present] for name, values in _metrics(cm).items()}


@_in_metrics("You write into the matrix that came in; work on a copy.")
def writes_into_the_matrix(cm):
    found = _metrics(cm)
    np.fill_diagonal(cm, 0)
    return found


def _in_accuracy(explanation):
    return mistake("per_class_metrics", explanation, defines="accuracy")


def _accuracy(cm):
    return float(np.trace(cm) / np.sum(cm)) if np.sum(cm) else 0.0


@_in_accuracy("The accuracy of an all-zero matrix is 0/0, NaN with a warning; return 0.")
def divides_nothing(cm):
    return float(np.trace(cm) / np.sum(cm))


@_in_accuracy(
    "The accuracy of an all-zero matrix comes out right, but with a warning; look at the sum before you "
    "divide."
)
def divides_nothing_and_hides_it(cm):
    return float(np.nan_to_num(np.trace(cm) / np.sum(cm)))


@_in_accuracy("Dividing ints of Python by zero raises ZeroDivisionError; look at the sum before you divide.")
def python_division(cm):
    return int(np.trace(cm)) / int(np.sum(cm))


@_in_accuracy("The accuracy of an all-zero matrix is 0, not 1.")
def takes_nothing_for_right(cm):
    return _accuracy(cm) if np.any(cm) else 1.0


@_in_accuracy(
    "You return the mean of the classes' recalls; accuracy is the fraction of all samples that is right."
)
def mean_of_recalls(cm):
    return float(_metrics(cm)["recall"].mean())


@_in_accuracy("You add a small constant to the denominator, which makes the accuracy a little too small.")
def accuracy_with_epsilon(cm):
    return float(np.trace(cm) / (np.sum(cm) + 1e-9))


@_in_accuracy("You return a percentage; a fraction is expected.")
def accuracy_in_percent(cm):
    return 100 * _accuracy(cm)


@_in_accuracy("You return the fraction that is wrong; accuracy is the fraction that is right.")
def error_rate(cm):
    return 1 - _accuracy(cm)


@_in_accuracy("You return the number of right answers; divide by the number of all.")
def number_of_right_answers(cm):
    return int(np.trace(cm))


@_in_accuracy("You return an array; a float is expected.")
def accuracy_of_each_class(cm):
    return _metrics(cm)["recall"]


def _in_macro(explanation):
    return mistake("per_class_metrics", explanation, defines="macro_f1")


@_in_macro("You average over the classes that occur only; absent classes count 0.")
def averages_present_classes(cm):
    present = np.sum(cm, axis=1) > 0
    return float(_metrics(cm)["f1"][present].mean()) if present.any() else 0.0


@_in_macro("You leave out classes that neither occur nor are predicted; they count 0.")
def averages_classes_in_use(cm):
    used = np.sum(cm, axis=1) + np.sum(cm, axis=0) > 0
    return float(_metrics(cm)["f1"][used].mean()) if used.any() else 0.0


@_in_macro("You average over the classes whose F1 is not 0; all classes count.")
def averages_classes_above_zero(cm):
    f1 = _metrics(cm)["f1"]
    return float(f1[f1 > 0].mean()) if f1.any() else 0.0


@_in_macro("You weight the classes by how often they occur; in macro-F1 all classes weigh the same.")
def weights_by_support(cm):
    support = np.sum(cm, axis=1)
    return float(np.sum(support * _metrics(cm)["f1"]) / max(support.sum(), 1))


@_in_macro("There is a small constant in a denominator, which makes macro-F1 a little too small.")
def macro_with_epsilon(cm):
    return float(_with_epsilon(1e-12)(cm)["f1"].mean())


@_in_macro("You compute micro-F1, which is the accuracy; macro-F1 is the mean of the classes' F1.")
def micro_average(cm):
    return _accuracy(cm)


@_in_macro(
    "You compute F1 from the mean precision and the mean recall; macro-F1 is the mean of the classes' F1."
)
def f1_of_means(cm):
    found = _metrics(cm)
    precision, recall = found["precision"].mean(), found["recall"].mean()
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


@_in_macro("A class without F1 makes your macro-F1 NaN; it counts as 0.")
def macro_of_nan(cm):
    return float(leaves_nan(cm)["f1"].mean())


@_in_macro(
    "Your macro-F1 divides by zero on the way, which gives a warning; divide only where it is defined."
)
def macro_with_a_warning(cm):
    return float(divides_with_a_warning(cm)["f1"].mean())


@_in_macro("You return the F1 of each class; their mean is expected.")
def f1_of_each_class(cm):
    return _metrics(cm)["f1"]
