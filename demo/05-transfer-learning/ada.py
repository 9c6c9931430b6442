# Ada solved everything, in her own style.


def replace_head(model, num_classes):
    old = model.fc
    model.fc = nn.Linear(old.in_features, num_classes).to(old.weight)
    return model


def freeze_backbone(model):
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name.startswith("fc.")
    return model


def trainable_summary(model):
    total = trainable = 0
    for parameter in model.parameters():
        total += parameter.numel()
        if parameter.requires_grad:
            trainable += parameter.numel()
    return trainable, total


def extract_features(model, images):
    head, mode = model.fc, model.training
    model.fc = nn.Identity()
    try:
        with torch.inference_mode():
            return model.eval()(images).clone()
    finally:
        model.fc = head
        model.train(mode)


def unfreeze(model, layer):
    model.get_submodule(layer).requires_grad_(True)
    return model


def make_optimizer(model, head_lr, backbone_lr):
    head = list(model.fc.parameters())
    rest = [p for p in model.parameters() if not any(p is q for q in head)]
    groups = [(head, head_lr), (rest, backbone_lr)]
    groups = [{"params": [p for p in params if p.requires_grad], "lr": lr} for params, lr in groups]
    return torch.optim.Adam([group for group in groups if group["params"]])


def train_head(model, loader, epochs=5, lr=1e-2, device="cpu"):
    model.to(device)
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trainable, lr=lr)
    losses = []
    for _ in range(epochs):
        model.eval()
        model.fc.train()
        for module in model.modules():
            own = list(module.parameters(recurse=False))
            if own and all(p.requires_grad for p in own):
                module.train()
        total = seen = 0
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            loss = nn.functional.cross_entropy(model(x), y, reduction="sum")
            optimizer.zero_grad()
            (loss / len(y)).backward()
            optimizer.step()
            total, seen = total + loss.item(), seen + len(y)
        losses.append(total / seen)
    return losses


ANSWER = "Its features were learned from many images of other shapes; a head for new shapes needs only a few."
