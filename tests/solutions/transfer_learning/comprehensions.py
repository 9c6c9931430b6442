from functools import reduce
from itertools import chain, groupby

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

# As few statements as possible.


def replace_head(model, num_classes):
    return setattr(model, "fc", nn.Linear(model.fc.in_features, num_classes).to(model.fc.weight)) or model


def freeze_backbone(model):
    [p.requires_grad_(name in {"fc.weight", "fc.bias"}) for name, p in model.named_parameters()]
    return model


def trainable_summary(model):
    return tuple(sum(p.numel() for p in model.parameters() if p.requires_grad or every) for every in (0, 1))


def extract_features(model, images):
    out, mode = [], model.training
    hooks = [model.fc.register_forward_hook(lambda *a: out.extend(a[1]))]
    with torch.no_grad():
        model.eval()(images), model.train(mode), [hook.remove() for hook in hooks]
    return out.pop()


def unfreeze(model, layer):
    return reduce(getattr, layer.split("."), model).requires_grad_() and model


def make_optimizer(model, head_lr, backbone_lr):
    is_head = lambda named: named[0].startswith("fc.")  # noqa: E731
    named = sorted(((n, p) for n, p in model.named_parameters() if p.requires_grad), key=lambda x: is_head(x))
    return torch.optim.Adam(
        [
            {"params": [p for _, p in group], "lr": head_lr if head else backbone_lr}
            for head, group in groupby(named, is_head)
        ]
    )


def train_head(model, loader, epochs=5, lr=1e-2, device="cpu"):
    model.to(device).train()
    [m.eval() for m in model.modules() if hasattr(m, "running_mean") and not m.weight.requires_grad]
    adam = torch.optim.Adam(list(chain(p for p in model.parameters() if p.requires_grad)), lr=lr)

    def step(x, y):
        loss = F.cross_entropy(model(x), y)
        adam.zero_grad(), loss.backward(), adam.step()
        return loss.item()

    def weighted(pairs):
        return sum(a * n for a, n in pairs) / sum(n for _, n in pairs)

    return [weighted([(step(x.to(device), y.to(device)), len(x)) for x, y in loader]) for _ in range(epochs)]
