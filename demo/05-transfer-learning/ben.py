# Ben handed in everything but the last exercise's details: he freezes weights, and forgets the statistics.


def replace_head(model, num_classes):
    model.fc = nn.Linear(512, num_classes)
    return model


def freeze_backbone(model):
    for parameter in model.parameters():
        parameter.requires_grad = False
    return model


def trainable_summary(model):
    total = sum(p.numel() for p in model.parameters())
    return sum(p.numel() for p in model.parameters() if p.requires_grad), total


def train_head(model, loader, epochs=5, lr=1e-2, device="cpu"):
    model.to(device)
    optimizer = torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr=lr)
    losses = []
    for _ in range(epochs):
        model.train()
        total, seen = 0.0, 0
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            seen += len(labels)
        losses.append(total / seen)
    return losses
