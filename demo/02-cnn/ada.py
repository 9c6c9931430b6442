# Ada solved everything, in her own style.


class SimpleCNN(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()

        def block(channels_in, channels_out):
            return nn.Sequential(nn.Conv2d(channels_in, channels_out, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2))

        self.features = nn.Sequential(block(1, 16), block(16, 32))
        hidden, out = nn.Linear(32 * 8 * 8, 128), nn.Linear(128, num_classes)
        self.classifier = nn.Sequential(hidden, nn.ReLU(), out)

    def forward(self, images):
        maps = self.features(images)
        return self.classifier(maps.flatten(1))


def count_parameters(model):
    sizes = [(p.numel(), p.requires_grad) for p in model.parameters()]
    return sum(n for n, _ in sizes), sum(n for n, trainable in sizes if trainable)


def receptive_field(layers):
    side = 1
    for kernel, stride in reversed(layers):
        side = (side - 1) * stride + kernel
    return side


def train_epoch(model, loader, criterion, optimizer, device="cpu"):
    model.to(device).train()
    losses, hits = [], []
    for batch in loader:
        x, y = (part.to(device) for part in batch)
        logits = model(x)
        loss = criterion(logits, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses += [loss.item()] * len(y)
        hits += (logits.argmax(dim=1) == y).tolist()
    return sum(losses) / len(losses), sum(hits) / len(hits)


@torch.inference_mode()
def evaluate(model, loader, device="cpu"):
    before = model.training
    model.to(device).eval()
    hits = [hit for x, y in loader for hit in (model(x.to(device)).argmax(1).cpu() == y.cpu()).tolist()]
    model.train(before)
    return sum(hits) / len(hits)


def fit(model, train_loader, val_loader, epochs=10, lr=1e-3, device="cpu"):
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    history = {"train_loss": [], "train_acc": [], "val_acc": []}
    for epoch in range(epochs):
        loss, accuracy = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer, device)
        history["train_loss"].append(loss)
        history["train_acc"].append(accuracy)
        history["val_acc"].append(evaluate(model, val_loader, device))
        print(f"epoch {epoch + 1}: loss {loss:.3f}, validation {history['val_acc'][-1]:.1%}")
    return history


def first_layer_filters(model):
    convolution = next(module for module in model.modules() if isinstance(module, nn.Conv2d))
    return convolution.weight.detach().clone()[:, 0]


def feature_maps(model, images, layer):
    kept = {}
    before = model.training
    hook = model.get_submodule(layer).register_forward_hook(lambda module, given, result: kept.update(maps=result.clone()))
    try:
        with torch.no_grad():
            model.eval()(images)
    finally:
        hook.remove()
        model.train(before)
    return kept["maps"]


ANSWER = "A convolution moves with its input, pooling forgets small moves, and flatten ties the network to one size."
