import torch
from torch import nn

# No comfort: raw parameters, loops with an index, batches cut by hand, running means.


class Layers(nn.Module):
    def __init__(self, *shapes):
        super().__init__()
        for index, shape in enumerate(shapes):
            fan_in = torch.Size(shape[1:]).numel()
            self.register_parameter(f"w{index}", nn.Parameter(torch.randn(shape) / fan_in**0.5))
            self.register_parameter(f"b{index}", nn.Parameter(torch.zeros(shape[0])))


class SimpleCNN(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        kernels, matrices = ((16, 1, 3, 3), (32, 16, 3, 3)), ((128, 2048), (num_classes, 128))
        self.features = Layers(*kernels)
        self.classifier = Layers(*matrices)

    def forward(self, x):
        x = pooled(torch.conv2d(x, self.features.w0, self.features.b0, padding=1))
        x = pooled(torch.conv2d(x, self.features.w1, self.features.b1, padding=1))
        x = x.reshape(-1, 2048)
        x = torch.einsum("ni,oi->no", x, self.classifier.w0) + self.classifier.b0
        return torch.addmm(self.classifier.b1, x.relu(), self.classifier.w1.t())


def pooled(x):
    n, c, h, w = x.shape
    windows = x.relu().reshape(n, c, h // 2, 2, w // 2, 2)
    return windows.amax(dim=(3, 5))


def count_parameters(model):
    total, trainable = 0, 0
    seen = set()
    stack = [model]
    while stack:
        module = stack.pop()
        stack.extend(child for child in module._modules.values() if child is not None)
        for parameter in module._parameters.values():
            if parameter is None or id(parameter) in seen:
                continue
            seen.add(id(parameter))
            total += parameter.numel()
            if parameter.requires_grad is True:
                trainable += parameter.numel()
    return total, trainable


def receptive_field(layers):
    size = 1
    for i in range(len(layers)):
        steps = 1
        for j in range(i):
            steps = steps * layers[j][1]
        size = size + (layers[i][0] - 1) * steps
    return size


def train_epoch(model, loader, criterion, optimizer, device="cpu"):
    model.to(device)
    model.train()
    mean_loss, mean_accuracy, seen = 0.0, 0.0, 0
    iterator = iter(loader)
    while True:
        try:
            images, labels = next(iterator)
        except StopIteration:
            break
        images = images.to(device=device)
        labels = labels.to(device=device)
        model.zero_grad()
        logits = model.forward(images)
        loss = criterion.forward(logits, labels)
        loss.backward()
        optimizer.step()
        size = labels.shape[0]
        accuracy = sum(int(logits[i].argmax() == labels[i]) for i in range(size)) / size
        mean_loss += (loss.item() - mean_loss) * size / (seen + size)
        mean_accuracy += (accuracy - mean_accuracy) * size / (seen + size)
        seen += size
    return mean_loss, mean_accuracy


def evaluate(model, loader, device="cpu"):
    images = torch.cat([batch[0] for batch in loader]).to(device)
    labels = torch.cat([batch[1] for batch in loader]).to(device)
    model.to(device)
    model.eval()
    hits = 0
    for start in range(0, len(labels), 64):
        with torch.no_grad():
            logits = model.forward(images[start : start + 64])
        _, predicted = torch.max(logits, 1)
        hits += torch.count_nonzero(predicted == labels[start : start + 64]).item()
    return hits / len(labels)


def fit(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    model.to(device)
    train_loss, train_acc, val_acc = [], [], []
    optimizer = torch.optim.Adam([{"params": [p]} for p in model.parameters()], lr=lr)
    for _ in range(epochs):
        model.train()
        sums = [0.0, 0.0, 0.0]
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            logits = model(images)
            picked = logits.gather(1, labels[:, None]).squeeze(1)
            losses = logits.logsumexp(1) - picked
            losses.mean().backward()
            optimizer.step()
            sums[0] += losses.sum().item()
            sums[1] += (logits.argmax(1) == labels).sum().item()
            sums[2] += len(labels)
        train_loss.append(sums[0] / sums[2])
        train_acc.append(sums[1] / sums[2])
        val_acc.append(evaluate(model, val_loader, device))
    return {"train_acc": train_acc, "val_acc": val_acc, "train_loss": train_loss}


def first_layer_filters(model):
    weight = model.features[0].weight
    filters = torch.empty(16, 3, 3)
    with torch.no_grad():
        for i in range(16):
            filters[i] = weight[i, 0]
    return filters


def feature_maps(model, images, layer):
    module = model
    for name in layer.split("."):
        module = module._modules[name]
    modes = {each: each.training for each in model.modules()}
    outputs = []
    handle = module.register_forward_hook(lambda module, inputs, output: outputs.append(output.detach()))
    model.eval()
    tracked = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    try:
        model.forward(images)
    finally:
        torch.set_grad_enabled(tracked)
        handle.remove()
        for each, training in modes.items():
            each.training = training
    return outputs[0]
