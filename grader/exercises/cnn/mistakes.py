"""Wrong answers to 02-cnn that students really give, in each exercise the subtle ones first."""

import copy
import math

import torch
from torch import nn
from torch.nn import functional

from grader.checking import mistake

# ---------------------------------------------------------------- simple_cnn


def _block(into, out, kernel=3, padding=1):
    return [nn.Conv2d(into, out, kernel, padding=padding), nn.ReLU(), nn.MaxPool2d(2)]


def _head(num_classes, inputs=2048):
    return [nn.Flatten(), nn.Linear(inputs, 128), nn.ReLU(), nn.Linear(128, num_classes)]


class _SimpleCNN(nn.Module):
    def __init__(self, num_classes: int = 10):
        super().__init__()
        self.features = nn.Sequential(*_block(1, 16), *_block(16, 32))
        self.classifier = nn.Sequential(*_head(num_classes))

    def forward(self, images):
        return self.classifier(self.features(images))


@mistake(
    "simple_cnn",
    "Between your two linear layers there is no ReLU. Two linear maps in a row are only one linear map.",
    defines="SimpleCNN",
)
class NoReluBetweenTheLinearLayers(_SimpleCNN):
    def forward(self, images):
        _, hidden, _, out = self.classifier
        return out(hidden(self.features(images).flatten(1)))


@mistake("simple_cnn", "One of your convolutions is not followed by a ReLU.", defines="SimpleCNN")
class NoReluAfterTheSecondConvolution(_SimpleCNN):
    def forward(self, images):
        *layers, _, pool = self.features
        for layer in layers:
            images = layer(images)
        return self.classifier(pool(images))


@mistake("simple_cnn", "Your first convolution is not followed by a ReLU.", defines="SimpleCNN")
class NoReluAfterTheFirstConvolution(_SimpleCNN):
    def forward(self, images):
        conv, _, pool, *layers = self.features
        return self.classifier(nn.Sequential(pool, *layers)(conv(images)))


@mistake("simple_cnn", "Your activations are GELU; the table of layers says ReLU.", defines="SimpleCNN")
class GeluForRelu(_SimpleCNN):
    activation = nn.GELU

    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        for part, places in ((self.features, (1, 4)), (self.classifier, (2,))):
            for place in places:
                part[place] = self.activation()


@mistake("simple_cnn", "Your activations are LeakyReLU; the table of layers says ReLU.", defines="SimpleCNN")
class LeakyReluForRelu(GeluForRelu):
    activation = nn.LeakyReLU


@mistake("simple_cnn", "There is no ReLU after your convolutions.", defines="SimpleCNN")
class NoReluAfterTheConvolutions(_SimpleCNN):
    def forward(self, images):
        conv1, _, pool1, conv2, _, pool2 = self.features
        return self.classifier(pool2(conv2(pool1(conv1(images)))))


@mistake("simple_cnn", "You pool by averages; take the maximum of each window.", defines="SimpleCNN")
class AveragePooling(_SimpleCNN):
    def forward(self, images):
        conv1, relu, _, conv2, _, _ = self.features
        maps = functional.avg_pool2d(relu(conv2(functional.avg_pool2d(relu(conv1(images)), 2))), 2)
        return self.classifier(maps)


@mistake(
    "simple_cnn",
    "You end with a softmax. The loss (nn.CrossEntropyLoss) contains it already: return the logits.",
    defines="SimpleCNN",
)
class SoftmaxAtTheEnd(_SimpleCNN):
    def forward(self, images):
        return super().forward(images).softmax(1)


@mistake(
    "simple_cnn",
    "You end with a log-softmax. The loss (nn.CrossEntropyLoss) contains it already: return the logits.",
    defines="SimpleCNN",
)
class LogSoftmaxAtTheEnd(_SimpleCNN):
    def forward(self, images):
        return super().forward(images).log_softmax(1)


@mistake("simple_cnn", "Your logits go through a ReLU: logits may be negative.", defines="SimpleCNN")
class ReluOnTheLogits(_SimpleCNN):
    def forward(self, images):
        return super().forward(images).relu()


@mistake("simple_cnn", "Your logits go through a sigmoid; return them as they are.", defines="SimpleCNN")
class SigmoidOnTheLogits(_SimpleCNN):
    def forward(self, images):
        return super().forward(images).sigmoid()


@mistake(
    "simple_cnn",
    "Part of your network computes without gradients (no_grad, detach, .data), so the layers before it "
    "cannot learn.",
    defines="SimpleCNN",
)
class FeaturesWithoutGradients(_SimpleCNN):
    def forward(self, images):
        return self.classifier(self.features(images).detach())


@mistake(
    "simple_cnn",
    "`squeeze` without an axis also removes the batch's axis when there is only one image.",
    defines="SimpleCNN",
)
class SqueezesTheBatch(_SimpleCNN):
    def forward(self, images):
        return super().forward(images).squeeze()


@mistake(
    "simple_cnn",
    "There is a Dropout in your network that the table of layers does not have.",
    defines="SimpleCNN",
)
class AddsDropout(_SimpleCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.classifier.insert(3, nn.Dropout(0.5))


@mistake(
    "simple_cnn",
    "There are BatchNorm layers in your network that the table of layers does not have.",
    defines="SimpleCNN",
)
class AddsBatchNorm(_SimpleCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.features.insert(4, nn.BatchNorm2d(32))
        self.features.insert(1, nn.BatchNorm2d(16))


_LAYERS = _SimpleCNN()


@mistake(
    "simple_cnn",
    "Your layers are made once, outside `__init__`, so that all models share them.",
    defines="SimpleCNN",
)
class SharesLayersAmongModels(_SimpleCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.features = _LAYERS.features
        if num_classes not in _HEADS:
            _HEADS[num_classes] = self.classifier
        self.classifier = _HEADS[num_classes]


_HEADS = {10: _LAYERS.classifier}


@mistake(
    "simple_cnn",
    "Your convolutions have no padding, so each makes the maps smaller by 2 and the linear layer gets 1,152 "
    "numbers. padding=1 keeps the size.",
    defines="SimpleCNN",
)
class NoPadding(_SimpleCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.features = nn.Sequential(*_block(1, 16, padding=0), *_block(16, 32, padding=0))
        self.classifier = nn.Sequential(*_head(num_classes, 1152))


@mistake("simple_cnn", "Your kernels are 5×5; the network has 3×3 ones.", defines="SimpleCNN")
class LargeKernels(_SimpleCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.features = nn.Sequential(*_block(1, 16, 5, 2), *_block(16, 32, 5, 2))


@mistake("simple_cnn", "The last layer has 10 outputs whatever num_classes says.", defines="SimpleCNN")
class IgnoresNumClasses(_SimpleCNN):
    def __init__(self, num_classes=10):
        super().__init__(10)


@mistake(
    "simple_cnn",
    "Your classifier is a single linear layer; there is a hidden one with 128 units before it.",
    defines="SimpleCNN",
)
class OneLinearLayer(_SimpleCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(2048, num_classes))


@mistake(
    "simple_cnn",
    "You average each map to one number before the classifier; flatten the maps, all 2,048 numbers of them.",
    defines="SimpleCNN",
)
class GlobalPooling(_SimpleCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.features.append(nn.AdaptiveAvgPool2d(1))
        self.classifier = nn.Sequential(*_head(num_classes, 32))


@mistake("simple_cnn", "Your first convolution expects 3 channels; the images have one.", defines="SimpleCNN")
class ThreeChannels(_SimpleCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.features = nn.Sequential(*_block(3, 16), *_block(16, 32))


@mistake("simple_cnn", "Your layers have no biases (bias=False).", defines="SimpleCNN")
class WithoutBiases(_SimpleCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        for module in self.modules():
            if hasattr(module, "bias"):
                module.register_parameter("bias", None)


@mistake(
    "simple_cnn",
    "Your layers are there, but not in `features` (up to the last pooling) and `classifier` (from flatten "
    "on).",
    defines="SimpleCNN",
)
class LayersElsewhere(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1, _, self.pool = _block(1, 16)
        self.conv2, _, _ = _block(16, 32)
        _, self.fc1, _, self.fc2 = _head(num_classes)

    def forward(self, images):
        maps = self.pool(self.conv2(self.pool(self.conv1(images).relu())).relu())
        return self.fc2(self.fc1(maps.flatten(1)).relu())


@mistake(
    "simple_cnn",
    "Your model has no parameters. Layers made in `forward` are new ones at each pass, and never trained: "
    "make them in `__init__`.",
    defines="SimpleCNN",
)
class LayersInForward(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.num_classes = num_classes

    def forward(self, images):
        return nn.Sequential(*_block(1, 16), *_block(16, 32), *_head(self.num_classes))(images)


@mistake(
    "simple_cnn",
    "PyTorch does not find layers in a plain Python list: your model has no parameters. Use nn.Sequential.",
    defines="SimpleCNN",
)
class LayersInLists(nn.Module):
    def __init__(self, num_classes: int = 10):
        super().__init__()
        self.features = [*_block(1, 16), *_block(16, 32)]
        self.classifier = _head(num_classes)

    def forward(self, images):
        for layer in self.features + self.classifier:
            images = layer(images)
        return images


@mistake(
    "simple_cnn",
    "Your `__init__` does not begin with `super().__init__()`, without which a module cannot hold layers.",
    defines="SimpleCNN",
)
class ForgetsSuper(nn.Module):
    def __init__(self, num_classes=10):
        self.features = nn.Sequential(*_block(1, 16), *_block(16, 32))

    def forward(self, images):
        return images


@mistake("simple_cnn", "Your `forward` returns nothing; is a `return` missing?", defines="SimpleCNN")
class ForwardWithoutReturn(_SimpleCNN):
    def forward(self, images):
        super().forward(images)


@mistake("simple_cnn", "Your `forward` stops after `features`.", defines="SimpleCNN")
class StopsAfterFeatures(_SimpleCNN):
    def forward(self, images):
        return self.features(images)


# ---------------------------------------------------------------- count_parameters


def _count(parameters):
    parameters = list(parameters)
    return sum(p.numel() for p in parameters), sum(p.numel() for p in parameters if p.requires_grad)


@mistake(
    "count_parameters",
    "You go through the modules one by one, and a parameter that two modules share is counted in each.",
)
def counts_module_by_module(model):
    return _count(p for module in model.modules() for p in module.parameters(recurse=False))


@mistake("count_parameters", "Parameters that are shared count once for each of their names in your count.")
def counts_shared_ones_twice(model):
    return _count(p for _, p in model.named_parameters(remove_duplicate=False))


@mistake(
    "count_parameters",
    "Your count includes buffers, such as BatchNorm's running mean; no optimizer changes those. "
    "`state_dict()` holds them, `parameters()` does not.",
)
def counts_buffers(model):
    trainable = _count(model.parameters())[1]
    return sum(tensor.numel() for tensor in model.state_dict().values()), trainable


@mistake(
    "count_parameters",
    "You take parameters with equal values, or of equal shape, for the same parameter. Only the same object "
    "is the same parameter.",
)
def merges_equal_ones(model):
    different = []
    for p in model.parameters():
        if not any(p.shape == other.shape and torch.equal(p, other) for other in different):
            different.append(p)
    return _count(different)


@mistake("count_parameters", "You return the two numbers in the other order; the total comes first.")
def swaps_the_two(model):
    return _count(model.parameters())[::-1]


@mistake(
    "count_parameters",
    "You count a parameter as trainable if it has a gradient already; what counts is its requires_grad.",
)
def trainable_with_a_gradient(model):
    trained = [p for p in model.parameters() if p.grad is not None]
    return _count(model.parameters())[0], _count(trained)[1]


@mistake("count_parameters", "Your second number is that of the frozen parameters.")
def returns_the_frozen(model):
    total, trainable = _count(model.parameters())
    return total, total - trainable


@mistake("count_parameters", "Your total counts the trainable parameters only.")
def total_of_the_trainable(model):
    return (_count(model.parameters())[1],) * 2


@mistake(
    "count_parameters",
    "You count every parameter as trainable; those that are frozen have requires_grad = False.",
)
def all_are_trainable(model):
    return (_count(model.parameters())[0],) * 2


@mistake(
    "count_parameters",
    "You look at the model's mode: eval mode freezes nothing. What counts is each parameter's requires_grad.",
)
def trainable_in_train_mode(model):
    total, trainable = _count(model.parameters())
    return total, trainable if model.training else 0


@mistake("count_parameters", "Your function changes what requires gradients; it should only look.")
def unfreezes_the_model(model):
    result = _count(model.parameters())
    model.requires_grad_(True)
    return result


@mistake("count_parameters", "You count the tensors; count the numbers in them.")
def counts_tensors(model):
    return len(list(model.parameters())), sum(p.requires_grad for p in model.parameters())


@mistake("count_parameters", "You count the weights but not the biases.")
def counts_weights_only(model):
    return _count(p for p in model.parameters() if p.ndim > 1)


@mistake(
    "count_parameters",
    "You count the parameters of some kinds of layers; there are others. `model.parameters()` has them all.",
)
def counts_two_kinds_of_layers(model):
    layers = [module for module in model.modules() if isinstance(module, (nn.Linear, nn.Conv2d))]
    return _count(p for layer in layers for p in layer.parameters())


@mistake(
    "count_parameters",
    "You count the parameters of the model's direct children only, not those of the modules inside them.",
)
def counts_children_only(model):
    return _count(p for child in model.children() for p in child.parameters(recurse=False))


@mistake("count_parameters", "You multiply two sides of each shape; tensors may have one axis, or four.")
def two_axes_only(model):
    def size(p):
        return p.shape[0] * (p.shape[1] if p.ndim > 1 else 1)

    parameters = list(model.parameters())
    return sum(map(size, parameters)), sum(size(p) for p in parameters if p.requires_grad)


@mistake("count_parameters", "Your counts are tensors; return ints (`numel()` gives them).")
def returns_tensors(model):
    return tuple(torch.tensor(each) for each in _count(model.parameters()))


@mistake("count_parameters", "Your counts are floats; return ints.")
def returns_floats(model):
    return tuple(map(float, _count(model.parameters())))


@mistake("count_parameters", "You return the total only; the second number is that of the trainable ones.")
def returns_the_total_only(model):
    return _count(model.parameters())[0]


# ---------------------------------------------------------------- receptive_field


@mistake(
    "receptive_field",
    "Without layers your result is 0; one output sees one pixel then: itself.",
)
def zero_without_layers(layers):
    return _field(layers) if layers else 0


@mistake(
    "receptive_field",
    "You multiply by a layer's stride before you use its kernel. A stride spreads the layers behind it, not "
    "its own window.",
)
def stride_before_kernel(layers):
    size = jump = 1
    for kernel, stride in layers:
        jump *= stride
        size += (kernel - 1) * jump
    return size


@mistake(
    "receptive_field",
    "You use the stride of the layer before only; the strides of all layers before multiply.",
)
def only_the_stride_before(layers):
    size = before = 1
    for kernel, stride in layers:
        size += (kernel - 1) * before
        before = stride
    return size


@mistake("receptive_field", "You add the strides up; they multiply.")
def adds_strides(layers):
    size = jump = 1
    for kernel, stride in layers:
        size += (kernel - 1) * jump
        jump += stride - 1
    return size


@mistake("receptive_field", "You take the last layer for the first: the input comes first in the list.")
def last_layer_first(layers):
    size = 1
    for kernel, stride in layers:
        size = (size - 1) * stride + kernel
    return size


@mistake(
    "receptive_field",
    "You add up the kernels; neighbouring windows overlap, so a layer adds kernel − 1 steps, and one "
    "pixel is there without any layer.",
)
def sums_kernels(layers):
    return sum(kernel for kernel, _ in layers)


@mistake(
    "receptive_field", "You go back from size s to s·stride + kernel; the last window starts s − 1 steps on."
)
def one_step_too_many(layers):
    size = 0
    for kernel, stride in reversed(layers):
        size = size * stride + kernel
    return max(size, 1)


@mistake("receptive_field", "Strides make no difference in your result.")
def ignores_strides(layers):
    return 1 + sum(kernel - 1 for kernel, _ in layers)


@mistake(
    "receptive_field",
    "Each layer adds its whole kernel in your sum; neighbouring windows overlap, so it adds kernel − 1 "
    "steps.",
)
def adds_whole_kernels(layers):
    size = jump = 1
    for kernel, stride in layers:
        size += kernel * jump
        jump *= stride
    return size


@mistake("receptive_field", "Without layers one output sees one pixel, itself: start with 1.")
def starts_with_zero(layers):
    size, jump = 0, 1
    for kernel, stride in layers:
        size += (kernel - 1) * jump
        jump *= stride
    return size


@mistake("receptive_field", "You multiply the kernels; each layer adds to the field.")
def multiplies_kernels(layers):
    return math.prod(kernel for kernel, _ in layers)


@mistake("receptive_field", "You count the pixels of the square; its side is asked for.")
def area_of_the_square(layers):
    return _field(layers) ** 2


@mistake("receptive_field", "Your result is a float; use // or no division at all.")
def field_as_float(layers):
    return float(_field(layers))


@mistake("receptive_field", "An empty list is allowed: without layers one output sees one pixel.")
def fails_without_layers(layers):
    layers[0]
    return _field(layers)


@mistake("receptive_field", "You return the jump between neighbouring outputs, the product of the strides.")
def returns_the_jump(layers):
    return math.prod(stride for _, stride in layers)


@mistake("receptive_field", "You stop after the first layer; is a `return` inside the loop?")
def returns_in_the_loop(layers):
    return layers[0][0] if layers else 1


@mistake("receptive_field", "You take layers off the list that you were given; leave it as it was.")
def empties_the_list(layers):
    result = _field(layers)
    if isinstance(layers, list):
        layers.clear()
    return result


def _field(layers):
    size = jump = 1
    for kernel, stride in layers:
        size += (kernel - 1) * jump
        jump *= stride
    return size


# ---------------------------------------------------------------- training_loop


def _train_epoch(
    model,
    loader,
    criterion,
    optimizer,
    device="cpu",
    prepare=None,
    step=None,
    moves=("model", "images", "labels"),
):
    """A right epoch, parts of which can be replaced. Returns sizes, losses and hits, an entry a batch."""
    if "model" in moves:
        model.to(device)
    (prepare or model.train)()
    sizes, losses, hits = [], [], []
    for images, labels in loader:
        images = images.to(device) if "images" in moves else images
        labels = labels.to(device) if "labels" in moves else labels
        if step is None:
            optimizer.zero_grad()
        logits = model(images)
        loss = criterion(logits, labels)
        if step is None:
            loss.backward()
            optimizer.step()
        else:
            step(loss)
        sizes.append(len(labels))
        losses.append(loss.item())
        hits.append((logits.argmax(1) == labels).sum().item())
    return sizes, losses, hits


def _figures(sizes, losses, hits):
    weighted = sum(size * loss for size, loss in zip(sizes, losses, strict=True))
    return weighted / sum(sizes), sum(hits) / sum(sizes)


_MEAN_OF_MEANS = (
    "You average the means of the batches. The last batch may be smaller and must weigh less: sum over "
    "samples, and divide by their number at the end."
)


@mistake("training_loop", _MEAN_OF_MEANS, defines="train_epoch")
def mean_of_batch_means(model, loader, criterion, optimizer, device="cpu"):
    sizes, losses, hits = _train_epoch(model, loader, criterion, optimizer, device)
    accuracies = [hit / size for hit, size in zip(hits, sizes, strict=True)]
    return sum(losses) / len(sizes), sum(accuracies) / len(sizes)


@mistake(
    "training_loop",
    "Your accuracy is a mean of the batches' means. The last batch may be smaller and must weigh less: count "
    "the right answers, and divide by the number of samples at the end.",
    defines="train_epoch",
)
def training_accuracy_as_mean_of_batch_means(model, loader, criterion, optimizer, device="cpu"):
    sizes, losses, hits = _train_epoch(model, loader, criterion, optimizer, device)
    loss, _ = _figures(sizes, losses, hits)
    return loss, sum(hit / size for hit, size in zip(hits, sizes, strict=True)) / len(sizes)


@mistake(
    "training_loop",
    "Your loss is a mean of the batches' means. The last batch may be smaller and must weigh less: multiply "
    "each mean by the size of its batch, and divide the sum by the number of samples.",
    defines="train_epoch",
)
def loss_as_mean_of_batch_means(model, loader, criterion, optimizer, device="cpu"):
    sizes, losses, hits = _train_epoch(model, loader, criterion, optimizer, device)
    return sum(losses) / len(sizes), sum(hits) / sum(sizes)


@mistake(
    "training_loop",
    "You divide the sum of the batches' mean losses by the number of samples; each of them is a mean over "
    "its batch already, and has to be multiplied by the batch's size first.",
    defines="train_epoch",
)
def sum_of_means_by_samples(model, loader, criterion, optimizer, device="cpu"):
    sizes, losses, hits = _train_epoch(model, loader, criterion, optimizer, device)
    return sum(losses) / sum(sizes), sum(hits) / sum(sizes)


@mistake(
    "training_loop",
    "You count samples as if all batches were full; the last one may be smaller.",
    defines="train_epoch",
)
def takes_all_batches_for_full(model, loader, criterion, optimizer, device="cpu"):
    sizes, losses, hits = _train_epoch(model, loader, criterion, optimizer, device)
    return _figures([sizes[0]] * len(sizes), losses, hits)


@mistake(
    "training_loop", "Your figures are those of the last batch, not of the epoch.", defines="train_epoch"
)
def figures_of_the_last_batch(model, loader, criterion, optimizer, device="cpu"):
    sizes, losses, hits = _train_epoch(model, loader, criterion, optimizer, device)
    return losses[-1], hits[-1] / sizes[-1]


@mistake(
    "training_loop", "Your loss is a sum over batches; return the mean over samples.", defines="train_epoch"
)
def sum_of_losses(model, loader, criterion, optimizer, device="cpu"):
    sizes, losses, hits = _train_epoch(model, loader, criterion, optimizer, device)
    return sum(losses), sum(hits) / sum(sizes)


@mistake("training_loop", "Your accuracy is in percent; return a fraction.", defines="train_epoch")
def training_accuracy_in_percent(model, loader, criterion, optimizer, device="cpu"):
    loss, accuracy = _figures(*_train_epoch(model, loader, criterion, optimizer, device))
    return loss, 100 * accuracy


@mistake(
    "training_loop",
    "Your accuracy is a number of hits; divide by the number of samples.",
    defines="train_epoch",
)
def training_hits(model, loader, criterion, optimizer, device="cpu"):
    sizes, losses, hits = _train_epoch(model, loader, criterion, optimizer, device)
    return _figures(sizes, losses, hits)[0], sum(hits)


@mistake("training_loop", "You return accuracy and loss in the other order.", defines="train_epoch")
def accuracy_first(model, loader, criterion, optimizer, device="cpu"):
    return _figures(*_train_epoch(model, loader, criterion, optimizer, device))[::-1]


@mistake(
    "training_loop",
    "You return tensors; `.item()` makes floats, and drops the graph that would stay in memory.",
    defines="train_epoch",
)
def training_figures_as_tensors(model, loader, criterion, optimizer, device="cpu"):
    figures = _figures(*_train_epoch(model, loader, criterion, optimizer, device))
    return tuple(map(torch.tensor, figures))


@mistake("training_loop", "You return the loss only; the accuracy comes second.", defines="train_epoch")
def loss_only(model, loader, criterion, optimizer, device="cpu"):
    return _figures(*_train_epoch(model, loader, criterion, optimizer, device))[0]


@mistake(
    "training_loop",
    "Your gradients pile up: `backward` adds to those of the batches before, so clear them for every batch "
    "(`optimizer.zero_grad()`).",
    defines="train_epoch",
)
def forgets_zero_grad(model, loader, criterion, optimizer, device="cpu"):
    def step(loss):
        loss.backward()
        optimizer.step()

    return _figures(*_train_epoch(model, loader, criterion, optimizer, device, step=step))


@mistake(
    "training_loop",
    "You clear the gradients once, before the loop; within the epoch they pile up. Clear them for every "
    "batch.",
    defines="train_epoch",
)
def clears_gradients_once(model, loader, criterion, optimizer, device="cpu"):
    optimizer.zero_grad()
    return forgets_zero_grad(model, loader, criterion, optimizer, device)


@mistake(
    "training_loop",
    "You clear the gradients after `backward`, so the step finds none. The order is: clear, backward, step.",
    defines="train_epoch",
)
def clears_gradients_before_the_step(model, loader, criterion, optimizer, device="cpu"):
    def step(loss):
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()

    return _figures(*_train_epoch(model, loader, criterion, optimizer, device, step=step))


@mistake("training_loop", "You step before you go backward.", defines="train_epoch")
def steps_before_backward(model, loader, criterion, optimizer, device="cpu"):
    def step(loss):
        optimizer.step()
        optimizer.zero_grad()
        loss.backward()

    return _figures(*_train_epoch(model, loader, criterion, optimizer, device, step=step))


@mistake(
    "training_loop",
    "You make one step an epoch, after the loop; make one for every batch.",
    defines="train_epoch",
)
def one_step_an_epoch(model, loader, criterion, optimizer, device="cpu"):
    optimizer.zero_grad()
    figures = _figures(
        *_train_epoch(model, loader, criterion, optimizer, device, step=lambda loss: loss.backward())
    )
    optimizer.step()
    return figures


@mistake("training_loop", "There is no step of the optimizer: nothing is learned.", defines="train_epoch")
def forgets_the_step(model, loader, criterion, optimizer, device="cpu"):
    return _figures(
        *_train_epoch(model, loader, criterion, optimizer, device, step=lambda loss: loss.backward())
    )


@mistake(
    "training_loop",
    "You leave the last batch out because it is smaller; it counts, too.",
    defines="train_epoch",
)
def skips_the_small_batch(model, loader, criterion, optimizer, device="cpu"):
    batches = list(loader)
    full = [batch for batch in batches if len(batch[1]) == len(batches[0][1])]
    return _figures(*_train_epoch(model, full, criterion, optimizer, device))


@mistake(
    "training_loop",
    "You do not switch to train mode. After an evaluation the model is in eval mode, and BatchNorm and "
    "Dropout do not train there: call `model.train()` at the start of every epoch.",
    defines="train_epoch",
)
def forgets_train_mode(model, loader, criterion, optimizer, device="cpu"):
    return _figures(*_train_epoch(model, loader, criterion, optimizer, device, prepare=lambda: None))


@mistake("training_loop", "You train in eval mode.", defines="train_epoch")
def trains_in_eval_mode(model, loader, criterion, optimizer, device="cpu"):
    return _figures(*_train_epoch(model, loader, criterion, optimizer, device, prepare=model.eval))


@mistake(
    "training_loop",
    "You compute cross-entropy whatever `criterion` is; use the one that is given.",
    defines="train_epoch",
)
def ignores_the_criterion(model, loader, criterion, optimizer, device="cpu"):
    return _figures(*_train_epoch(model, loader, nn.CrossEntropyLoss(), optimizer, device))


@mistake(
    "training_loop",
    "You put a softmax before the criterion. nn.CrossEntropyLoss contains it: hand over the logits.",
    defines="train_epoch",
)
def softmax_before_the_criterion(model, loader, criterion, optimizer, device="cpu"):
    def softened(logits, labels):
        return criterion(logits.softmax(1), labels)

    return _figures(*_train_epoch(model, loader, softened, optimizer, device))


@mistake(
    "training_loop",
    "You make an optimizer of your own; use the one that is given, with its parameters, learning rate and "
    "memory.",
    defines="train_epoch",
)
def makes_an_optimizer(model, loader, criterion, optimizer, device="cpu"):
    own = torch.optim.SGD(model.parameters(), lr=optimizer.param_groups[0]["lr"])
    return _figures(*_train_epoch(model, loader, criterion, own, device))


@mistake(
    "training_loop",
    "You do not move the model to `device`; without a GPU nobody notices, with one it fails.",
    defines="train_epoch",
)
def leaves_the_model(model, loader, criterion, optimizer, device="cpu"):
    moves = ("images", "labels")
    return _figures(*_train_epoch(model, loader, criterion, optimizer, device, moves=moves))


@mistake(
    "training_loop",
    "You do not move the batches to `device`; without a GPU nobody notices, with one it fails.",
    defines="train_epoch",
)
def leaves_the_batches(model, loader, criterion, optimizer, device="cpu"):
    return _figures(*_train_epoch(model, loader, criterion, optimizer, device, moves=("model",)))


@mistake("training_loop", "You move the images to `device`, but not the labels.", defines="train_epoch")
def leaves_the_labels(model, loader, criterion, optimizer, device="cpu"):
    return _figures(*_train_epoch(model, loader, criterion, optimizer, device, moves=("model", "images")))


@mistake(
    "training_loop",
    "You ignore `device`: neither the model nor the batches are moved there.",
    defines="train_epoch",
)
def ignores_the_device(model, loader, criterion, optimizer, device="cpu"):
    return _figures(*_train_epoch(model, loader, criterion, optimizer, device, moves=()))


def _hits(model, loader, device, axis=1, moves=("images", "labels")):
    """The number of hits and the size of each batch."""
    found = []
    for images, labels in loader:
        images = images.to(device) if "images" in moves else images
        labels = labels.to(device) if "labels" in moves else labels
        predicted = model(images).argmax(axis)
        found.append(((predicted[: len(labels)] == labels[: len(predicted)]).sum().item(), len(labels)))
    return found


def _accuracy(found):
    return sum(hits for hits, _ in found) / sum(size for _, size in found)


@mistake("training_loop", _MEAN_OF_MEANS, defines="evaluate")
@torch.no_grad()
def accuracy_as_mean_of_batch_means(model, loader, device="cpu"):
    found = _hits(model.eval(), loader, device)
    return sum(hits / size for hits, size in found) / len(found)


@mistake(
    "training_loop",
    "You do not switch to eval mode: BatchNorm then uses the batch's own statistics and changes its buffers, "
    "and Dropout drops. Call `model.eval()` before you predict.",
    defines="evaluate",
)
@torch.no_grad()
def forgets_eval_mode(model, loader, device="cpu"):
    return _accuracy(_hits(model, loader, device))


@mistake("training_loop", "You evaluate in train mode.", defines="evaluate")
@torch.no_grad()
def evaluates_in_train_mode(model, loader, device="cpu"):
    return _accuracy(_hits(model.train(), loader, device))


@mistake(
    "training_loop",
    "Gradients are tracked while you evaluate. Eval mode does not switch that off; `torch.no_grad()` does.",
    defines="evaluate",
)
def tracks_gradients(model, loader, device="cpu"):
    return _accuracy(_hits(model.eval(), loader, device))


@mistake(
    "training_loop",
    "You look for the largest logit among the images; look among the classes, in dimension 1.",
    defines="evaluate",
)
@torch.no_grad()
def argmax_over_the_batch(model, loader, device="cpu"):
    return _accuracy(_hits(model.eval(), loader, device, axis=0))


@mistake("training_loop", "You count samples as if all batches were full.", defines="evaluate")
@torch.no_grad()
def evaluates_full_batches(model, loader, device="cpu"):
    found = _hits(model.eval(), loader, device)
    return sum(hits for hits, _ in found) / (len(found) * found[0][1])


@mistake("training_loop", "Your accuracy is that of the last batch.", defines="evaluate")
@torch.no_grad()
def accuracy_of_the_last_batch(model, loader, device="cpu"):
    return _accuracy(_hits(model.eval(), loader, device)[-1:])


@mistake("training_loop", "Your accuracy is in percent; return a fraction.", defines="evaluate")
@torch.no_grad()
def accuracy_in_percent(model, loader, device="cpu"):
    return 100 * _accuracy(_hits(model.eval(), loader, device))


@mistake(
    "training_loop", "You return the number of hits; divide by the number of samples.", defines="evaluate"
)
@torch.no_grad()
def returns_the_hits(model, loader, device="cpu"):
    return sum(hits for hits, _ in _hits(model.eval(), loader, device))


@mistake("training_loop", "You return the share of wrong answers.", defines="evaluate")
@torch.no_grad()
def error_rate(model, loader, device="cpu"):
    return 1 - _accuracy(_hits(model.eval(), loader, device))


@mistake("training_loop", "You return a tensor; `.item()` makes a float.", defines="evaluate")
@torch.no_grad()
def accuracy_as_tensor(model, loader, device="cpu"):
    return torch.tensor(_accuracy(_hits(model.eval(), loader, device)))


@mistake("training_loop", "`evaluate` returns one number, the accuracy.", defines="evaluate")
@torch.no_grad()
def returns_loss_and_accuracy(model, loader, device="cpu"):
    return 0.0, _accuracy(_hits(model.eval(), loader, device))


@mistake(
    "training_loop",
    "You do not move the batches to `device`; without a GPU nobody notices, with one it fails.",
    defines="evaluate",
)
@torch.no_grad()
def evaluates_where_the_batches_are(model, loader, device="cpu"):
    return _accuracy(_hits(model.to(device).eval(), loader, device, moves=()))


@mistake("training_loop", "You move the images to `device`, but not the labels.", defines="evaluate")
@torch.no_grad()
def evaluates_where_the_labels_are(model, loader, device="cpu"):
    return _accuracy(_hits(model.to(device).eval(), loader, device, moves=("images",)))


# ---------------------------------------------------------------- fit


def _evaluate(model, loader, device="cpu", mode=False, moves=("images", "labels")):
    model.train(mode)
    with torch.no_grad():
        return _accuracy(_hits(model, loader, device, moves=moves))


def _fit(
    model,
    train_loader,
    val_loader,
    epochs=10,
    lr=1e-3,
    device="cpu",
    *,
    optimizer=torch.optim.Adam,
    criterion=functional.cross_entropy,
    figures=_figures,
    prepare=None,
    clear=True,
    validate=_evaluate,
    moves=("model", "images", "labels"),
):
    """A right `fit`, parts of which can be replaced."""
    if "model" in moves:
        model.to(device)
    optimizer = optimizer(model.parameters(), lr=lr)
    history = {"train_loss": [], "train_acc": [], "val_acc": []}

    def step(loss):
        if clear:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    for _ in range(epochs):
        loss, accuracy = figures(
            *_train_epoch(model, train_loader, criterion, optimizer, device, prepare, step, moves)
        )
        history["train_loss"].append(loss)
        history["train_acc"].append(accuracy)
        history["val_acc"].append(validate(model, val_loader, device))
    return history


@mistake(
    "fit",
    "You switch to train mode once, before the loop. The first validation leaves eval mode behind, in which "
    "BatchNorm and Dropout do not train: begin every epoch with `model.train()`.",
)
def train_mode_once(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    model.train()
    return _fit(model, train_loader, val_loader, epochs, lr, device, prepare=lambda: None)


@mistake("fit", "You never switch to train mode; a model that comes in eval mode stays in it.")
def fit_without_train_mode(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    def validate(model, loader, device):
        before = model.training
        accuracy = _evaluate(model, loader, device)
        model.train(before)
        return accuracy

    return _fit(model, train_loader, val_loader, epochs, lr, device, prepare=lambda: None, validate=validate)


@mistake("fit", "You validate in train mode: BatchNorm takes its statistics from the validation set then.")
def validates_in_train_mode(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    def validate(model, loader, device):
        return _evaluate(model, loader, device, mode=True)

    return _fit(model, train_loader, val_loader, epochs, lr, device, validate=validate)


@mistake(
    "fit",
    "Your model learns from the validation set, too. What it has learned from cannot tell how good it is.",
)
def trains_on_the_validation_set(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    class Both:
        def __iter__(self):
            yield from train_loader
            yield from val_loader

    return _fit(model, Both(), val_loader, epochs, lr, device)


@mistake("fit", "You train on the validation set instead of the training set.")
def swaps_the_loaders(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    return _fit(model, val_loader, train_loader, epochs, lr, device)


@mistake("fit", "Your `val_acc` is measured on the training set.")
def validates_on_the_training_set(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    return _fit(model, train_loader, train_loader, epochs, lr, device)


@mistake("fit", "You validate before the epoch's training; the entry belongs to the model after it.")
def validates_too_early(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    accuracies = []

    def prepare():
        accuracies.append(_evaluate(model, val_loader, device))
        model.train()

    history = _fit(model, train_loader, val_loader, epochs, lr, device, prepare=prepare)
    return {**history, "val_acc": accuracies}


@mistake("fit", "You validate once, at the end, and repeat the figure for every epoch.")
def validates_at_the_end(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    history = _fit(model, train_loader, val_loader, epochs, lr, device)
    return {**history, "val_acc": history["val_acc"][-1:] * epochs}


@mistake("fit", "Your optimizer is AdamW, which lets the weights decay besides; Adam is asked for.")
def with_adamw(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    return _fit(model, train_loader, val_loader, epochs, lr, device, optimizer=torch.optim.AdamW)


@mistake("fit", "Your optimizer is plain SGD; Adam is asked for.")
def with_sgd(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    return _fit(model, train_loader, val_loader, epochs, lr, device, optimizer=torch.optim.SGD)


@mistake("fit", "Your optimizer is RMSprop; Adam is asked for.")
def with_rmsprop(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    return _fit(model, train_loader, val_loader, epochs, lr, device, optimizer=torch.optim.RMSprop)


@mistake(
    "fit",
    "You make a new optimizer for every batch: Adam forgets its averages each time, and is not Adam any "
    "more.",
)
def new_optimizer_for_every_batch(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    class Forgetful(torch.optim.Adam):
        def zero_grad(self):
            super().zero_grad()
            self.state.clear()

    return _fit(model, train_loader, val_loader, epochs, lr, device, optimizer=Forgetful)


@mistake(
    "fit",
    "You make a new optimizer in every epoch: Adam forgets its averages each time. Make one before the loop.",
)
def new_optimizer_for_every_epoch(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    history = {"train_loss": [], "train_acc": [], "val_acc": []}
    for _ in range(epochs):
        for key, values in _fit(model, train_loader, val_loader, 1, lr, device).items():
            history[key] += values
    return history


@mistake("fit", "The learning rate is always 1e-3 in your function; use `lr`.")
def ignores_lr(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    return _fit(model, train_loader, val_loader, epochs, 1e-3, device)


@mistake("fit", "You train for 10 epochs, whatever `epochs` says.")
def ignores_epochs(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    return _fit(model, train_loader, val_loader, 10, lr, device)


@mistake("fit", "You train for one epoch only; is a `return` inside the loop?")
def one_epoch_only(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    return _fit(model, train_loader, val_loader, 1, lr, device)


@mistake("fit", "You train for one epoch less than asked for.")
def one_epoch_less(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    return _fit(model, train_loader, val_loader, epochs - 1, lr, device)


@mistake(
    "fit",
    "Your gradients pile up: `backward` adds to those of the batches before. Clear them for every batch.",
)
def fit_without_zero_grad(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    return _fit(model, train_loader, val_loader, epochs, lr, device, clear=False)


@mistake("fit", "You put a softmax before cross-entropy, which contains it: hand over the logits.")
def softmax_before_cross_entropy(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    def criterion(logits, labels):
        return functional.cross_entropy(logits.softmax(1), labels)

    return _fit(model, train_loader, val_loader, epochs, lr, device, criterion=criterion)


@mistake("fit", _MEAN_OF_MEANS)
def history_of_batch_means(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    def figures(sizes, losses, hits):
        accuracies = [hit / size for hit, size in zip(hits, sizes, strict=True)]
        return sum(losses) / len(sizes), sum(accuracies) / len(sizes)

    return _fit(model, train_loader, val_loader, epochs, lr, device, figures=figures)


@mistake(
    "fit",
    "Your `train_loss` is a mean of the batches' means; the last batch may be smaller and must weigh less.",
)
def history_of_batch_losses(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    def figures(sizes, losses, hits):
        return sum(losses) / len(sizes), sum(hits) / sum(sizes)

    return _fit(model, train_loader, val_loader, epochs, lr, device, figures=figures)


@mistake("fit", "Your `train_loss` and `train_acc` are those of the epoch's last batch.")
def history_of_last_batches(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    def figures(sizes, losses, hits):
        return losses[-1], hits[-1] / sizes[-1]

    return _fit(model, train_loader, val_loader, epochs, lr, device, figures=figures)


@mistake("fit", "Your `train_loss` is a sum; take the mean over samples.")
def history_of_sums(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    def figures(sizes, losses, hits):
        return sum(losses), sum(hits) / sum(sizes)

    return _fit(model, train_loader, val_loader, epochs, lr, device, figures=figures)


@mistake("fit", "The accuracies in your history are percentages; use fractions.")
def history_in_percent(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    history = _fit(model, train_loader, val_loader, epochs, lr, device)
    percent = {key: [100 * value for value in history[key]] for key in ("train_acc", "val_acc")}
    return {**history, **percent}


@mistake("fit", "Your history holds tensors; `.item()` makes floats.")
def history_of_tensors(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    history = _fit(model, train_loader, val_loader, epochs, lr, device)
    return {key: [torch.tensor(value) for value in values] for key, values in history.items()}


@mistake("fit", "Your history is a list with a dict for each epoch; a dict of lists is asked for.")
def history_as_list(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    history = _fit(model, train_loader, val_loader, epochs, lr, device)
    return [dict(zip(history, values, strict=True)) for values in zip(*history.values(), strict=True)]


@mistake("fit", "Your history has other keys; they are `train_loss`, `train_acc` and `val_acc`.")
def history_with_other_keys(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    history = _fit(model, train_loader, val_loader, epochs, lr, device)
    return {key.replace("acc", "accuracy"): values for key, values in history.items()}


@mistake("fit", "Your history has the figures of the last epoch only; make a list with one entry an epoch.")
def history_of_the_last_epoch(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    history = _fit(model, train_loader, val_loader, epochs, lr, device)
    return {key: values[-1] for key, values in history.items()}


@mistake("fit", "You return nothing; return the history.")
def forgets_to_return_the_history(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    _fit(model, train_loader, val_loader, epochs, lr, device)


@mistake("fit", "You train a copy; the model that you were given stays as it was.")
def trains_a_copy(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    return _fit(copy.deepcopy(model), train_loader, val_loader, epochs, lr, device)


@mistake("fit", "Nothing is learned: there is no step, or the optimizer has no parameters of this model.")
def fit_without_steps(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    def still(parameters, lr):
        return torch.optim.Adam(parameters, lr=0.0)

    return _fit(model, train_loader, val_loader, epochs, lr, device, optimizer=still)


@mistake("fit", "You ignore `device`: neither the model nor the batches are moved there.")
def fit_ignores_the_device(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    def validate(model, loader, device):
        return _evaluate(model, loader, moves=())

    return _fit(model, train_loader, val_loader, epochs, lr, device, validate=validate, moves=())


@mistake("fit", "You do not move the batches of the validation set to `device`.")
def leaves_the_validation_set(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    def validate(model, loader, device):
        return _evaluate(model, loader, moves=())

    return _fit(model, train_loader, val_loader, epochs, lr, device, validate=validate)


@mistake("fit", "You do not move the model to `device`.")
def fit_leaves_the_model(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    return _fit(model, train_loader, val_loader, epochs, lr, device, moves=("images", "labels"))


# ---------------------------------------------------------------- feature_maps


@mistake(
    "feature_maps",
    "You return a view of the weights (`detach`, `.data` and slices share memory): when the model is trained "
    "further, your filters change as well. `clone()` copies.",
    defines="first_layer_filters",
)
def filters_as_a_view(model):
    return model.features[0].weight.detach().squeeze(1)


@mistake(
    "feature_maps",
    "Your copy is still tied to the model's gradients; `detach()` it.",
    defines="first_layer_filters",
)
def filters_with_gradients(model):
    return model.features[0].weight.clone().squeeze(1)


@mistake("feature_maps", "You return the model's own parameter.", defines="first_layer_filters")
def filters_themselves(model):
    return model.features[0].weight.squeeze(1)


@mistake(
    "feature_maps",
    "To get rid of the gradients you change the model's own weight (`requires_grad_`, `detach_`): it is not "
    "trained any more. `detach()` leaves it alone.",
    defines="first_layer_filters",
)
def filters_freeze_the_model(model):
    return model.features[0].weight.requires_grad_(False).clone().squeeze(1)


@mistake(
    "feature_maps",
    "You keep the axis of the one input channel: the shape is to be (16, 3, 3).",
    defines="first_layer_filters",
)
def filters_with_their_channel(model):
    return model.features[0].weight.detach().clone()


@mistake(
    "feature_maps",
    "You scale the filters (to 0…1, or to length 1); return the weights as they are.",
    defines="first_layer_filters",
)
def filters_scaled(model):
    filters = model.features[0].weight.detach().clone().squeeze(1)
    return (filters - filters.min()) / (filters.max() - filters.min())


@mistake("feature_maps", "You return a NumPy array; a tensor is asked for.", defines="first_layer_filters")
def filters_as_array(model):
    return model.features[0].weight.detach().squeeze(1).numpy().copy()


@mistake("feature_maps", "You return the weights of the last convolution.", defines="first_layer_filters")
def filters_of_the_last_convolution(model):
    last = [module for module in model.modules() if isinstance(module, nn.Conv2d)][-1]
    return last.weight.detach().clone()[:, 0]


def _feature_maps(model, images, layer, *, mode=False, gradients=False, keep=None, remove=True, safe=True):
    """Right feature maps, parts of which can be replaced."""
    kept = []
    module = model.get_submodule(layer)
    keep = keep or (lambda inputs, output: output.detach())
    handle = module.register_forward_hook(lambda _, inputs, output: kept.append(keep(inputs, output)))
    before = model.training
    if mode is not None:
        model.train(mode)
    try:
        with torch.set_grad_enabled(gradients):
            model(images)
    except RuntimeError:
        if safe:
            handle.remove()
        raise
    finally:
        model.train(before)
    if remove:
        handle.remove()
    return kept[0]


@mistake(
    "feature_maps",
    "Your hook stays in the model if the pass raises an error. Remove it in a `finally`.",
    defines="feature_maps",
)
def hook_left_after_errors(model, images, layer):
    return _feature_maps(model, images, layer, safe=False)


@mistake(
    "feature_maps",
    "Your hook stays in the model. `register_forward_hook` returns a handle; call its `remove()`.",
    defines="feature_maps",
)
def hook_left(model, images, layer):
    return _feature_maps(model, images, layer, remove=False, safe=False)


@mistake(
    "feature_maps",
    "You remove all hooks of the layer, also those of others. Call `remove()` of your own handle.",
    defines="feature_maps",
)
def clears_all_hooks(model, images, layer):
    maps = _feature_maps(model, images, layer)
    model.get_submodule(layer)._forward_hooks.clear()
    return maps


@mistake(
    "feature_maps",
    "You leave the model in eval mode; put it back into the mode that it had.",
    defines="feature_maps",
)
def leaves_eval_mode(model, images, layer):
    maps = _feature_maps(model, images, layer)
    model.eval()
    return maps


@mistake(
    "feature_maps",
    "You leave the model in train mode, whatever its mode was; keep that first.",
    defines="feature_maps",
)
def leaves_train_mode(model, images, layer):
    maps = _feature_maps(model, images, layer)
    model.train()
    return maps


@mistake(
    "feature_maps",
    "You put back `model.training` only: the modules inside stay in eval mode. Call `model.train(before)`.",
    defines="feature_maps",
)
def restores_the_outer_mode_only(model, images, layer):
    before = model.training
    maps = _feature_maps(model.eval(), images, layer)
    model.training = before
    return maps


@mistake(
    "feature_maps",
    "You do not switch to eval mode: BatchNorm and Dropout change the maps, and BatchNorm its buffers.",
    defines="feature_maps",
)
def maps_in_any_mode(model, images, layer):
    return _feature_maps(model, images, layer, mode=None)


@mistake("feature_maps", "You compute the maps in train mode.", defines="feature_maps")
def maps_in_train_mode(model, images, layer):
    return _feature_maps(model, images, layer, mode=True)


@mistake(
    "feature_maps",
    "Gradients are tracked during the pass; `torch.no_grad()` switches that off.",
    defines="feature_maps",
)
def tracks_gradients_of_maps(model, images, layer):
    return _feature_maps(model, images, layer, gradients=True)


@mistake(
    "feature_maps",
    "Your maps still belong to a graph of gradients: `detach()` them, and compute without gradients.",
    defines="feature_maps",
)
def maps_with_gradients(model, images, layer):
    return _feature_maps(model, images, layer, gradients=True, keep=lambda inputs, output: output)


@mistake("feature_maps", "You keep what goes into the layer; keep what comes out.", defines="feature_maps")
def input_of_the_layer(model, images, layer):
    return _feature_maps(model, images, layer, keep=lambda inputs, output: inputs[0].detach())


@mistake("feature_maps", "You return the model's output, not the layer's.", defines="feature_maps")
def output_of_the_model(model, images, layer):
    _feature_maps(model, images, layer)
    before = model.training
    with torch.no_grad():
        logits = model.eval()(images)
    model.train(before)
    return logits


@mistake("feature_maps", "You return the maps of the first image only.", defines="feature_maps")
def maps_of_one_image(model, images, layer):
    return _feature_maps(model, images, layer)[0]


@mistake(
    "feature_maps",
    "You look for the layer in `features` by its number; names can be any, such as `classifier.1`: "
    "`model.get_submodule(layer)` finds them all.",
    defines="feature_maps",
)
def looks_in_features_only(model, images, layer):
    number = int(layer.split(".")[-1])
    return _feature_maps(model, images, f"features.{number}")
