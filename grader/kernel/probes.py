"""Probes: small public helpers that run beside student code, in the student's process.

A grader calls them as `student.probe.<name>(…)`. What they report is the student's claim; graders
cross-check it by behaviour wherever possible. Nothing here is secret. torch is imported by the probes
that need it: in the NumPy notebooks there is none.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch
    from torch import nn

_PROBES: dict[str, Callable] = {}


def find(name: str) -> Callable | None:
    """The probe of this name."""
    return _PROBES.get(name)


def probe(function: Callable) -> Callable:
    """Make a function callable from graders."""
    _PROBES[function.__name__] = function
    return function


# Objects


@probe
def record(**attributes: Any) -> SimpleNamespace:
    """A plain object with these attributes."""
    return SimpleNamespace(**attributes)


@probe
def read(thing: Any, *names: str) -> Any:
    """The attribute of an attribute … of an object: `read(model, "fc", "in_features")`."""
    for name in names:
        thing = getattr(thing, name)
    return thing


@probe
def write(thing: Any, **attributes: Any) -> None:
    """Set attributes of an object."""
    for name, value in attributes.items():
        setattr(thing, name, value)


@probe
def overwrite(thing: Any, **arrays: np.ndarray) -> None:
    """Give attributes that are arrays other values.

    In place, so that an object that keeps them as views of a larger array sees it, and by assignment. Raises
    AttributeError for a name that is not there.
    """
    for name, values in arrays.items():
        with contextlib.suppress(TypeError, ValueError):  # not a NumPy array, read-only, or of another shape
            getattr(thing, name)[...] = values
    for name, values in arrays.items():
        with contextlib.suppress(AttributeError):  # a property without a setter
            setattr(thing, name, values)


@probe
def has(thing: Any, *names: str) -> list[bool]:
    """Whether an object has these attributes."""
    return [hasattr(thing, name) for name in names]


@probe
def is_a(thing: Any, base: str) -> bool:
    """Whether an object is an instance of a class in `torch.nn`, `torch.optim` or `torch.utils.data`."""
    import torch

    for module in (torch.nn, torch.optim, torch.utils.data):
        if hasattr(module, base):
            return isinstance(thing, getattr(module, base))
    raise KeyError(base)


# Random numbers


@probe
def generator(seed: int) -> np.random.Generator:
    """A NumPy generator."""
    return np.random.default_rng(seed)


@probe
def seed(value: int, with_torch: bool = True) -> None:
    """Seed the global generators of Python, NumPy and torch."""
    random.seed(value)
    np.random.seed(value)
    if with_torch:
        import torch

        torch.manual_seed(value)


@probe
def random_state(with_torch: bool = True) -> str:
    """A digest of the global generators' states: equal if nothing was drawn or seeded in between."""
    digest = hashlib.sha256(repr(random.getstate()).encode())
    digest.update(repr(np.random.get_state()).encode())
    if with_torch:
        import torch

        digest.update(torch.random.get_rng_state().numpy().tobytes())
    return digest.hexdigest()


# Models and what trains them


def build(spec: Any) -> nn.Module:
    """A module from plain data.

    spec: `[name, *arguments]`, optionally with a dict of keyword arguments at the end, where name is a class
        of torch.nn, "resnet18" (torchvision's, weights=None), "SmallResNet" (grader.kernel.networks) or
        "Forecaster" (grader.kernel.recurrent).
        A dict of specs is a Sequential with these names, a list of specs one with numbers:
        `{"features": [["Conv2d", 1, 4, 3], ["ReLU"]], "classifier": [["Flatten"], ["Linear", 144, 3]]}`.
    """
    from torch import nn

    if isinstance(spec, Mapping):
        return nn.Sequential(OrderedDict((name, build(part)) for name, part in spec.items()))
    if not spec or not isinstance(spec[0], str):
        return nn.Sequential(*map(build, spec))
    name, *arguments = spec
    keywords = arguments.pop() if arguments and isinstance(arguments[-1], Mapping) else {}
    if name == "resnet18":
        from torchvision.models import resnet18

        return resnet18(*arguments, weights=None, **keywords)
    if name == "SmallResNet":
        from grader.kernel.networks import SmallResNet

        return SmallResNet(*arguments, **keywords)
    if name == "Forecaster":
        from grader.kernel.recurrent import Forecaster

        return Forecaster(*arguments, **keywords)
    return getattr(nn, name)(*arguments, **keywords)


def outline(spec: Any) -> nn.Module:
    """The same without numbers, on the meta device: names and shapes alone cost little."""
    import torch

    with torch.device("meta"):
        return build(spec)


def numbers(model: nn.Module, seed: int) -> None:
    """Fill the parameters and buffers of `model` with numbers that only depend on `seed` and their names.

    Weights are drawn with the spread of PyTorch's own initialisation, biases smaller; BatchNorm gets scales
    and running variances around 1. Made by NumPy, so that it is the same on every machine.
    """
    import torch

    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if not tensor.is_floating_point():
                tensor.zero_()  # BatchNorm's count of batches
                continue
            values = rng.uniform(-1, 1, tuple(tensor.shape))
            if name.endswith("running_var"):
                values = 1 + 0.3 * values
            elif tensor.ndim > 1:
                values *= np.sqrt(3 / values[0].size)
            elif name.endswith("weight"):
                values = 1 + 0.3 * values
            else:
                values *= 0.1
            tensor.copy_(torch.from_numpy(values))


@probe
def model(
    spec: Any, seed: int | None = None, state: Mapping | None = None, double: bool = False
) -> nn.Module:
    """A module built from `spec` (see `build`), with `numbers` from `seed` or with `state`; in train mode."""
    import torch

    filled = seed is not None or state is not None
    if filled and isinstance(spec, list) and spec[:1] == ["resnet18"]:  # 11 million numbers, not twice
        made = outline(spec).to_empty(device="cpu")
    else:
        made = build(spec)
    if double:
        made.to(torch.float64)
    if seed is not None:
        numbers(made, seed)
    if state is not None:
        made.load_state_dict(dict(state))
    return made


@probe
def loader(
    *tensors: torch.Tensor, batch_size: int, shuffle: bool = False, seed: int = 0, drop_last: bool = False
) -> torch.utils.data.DataLoader:
    """A DataLoader over a TensorDataset; shuffled by a generator of its own."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    generator = torch.Generator().manual_seed(seed)
    return DataLoader(
        TensorDataset(*tensors),
        batch_size=batch_size,
        shuffle=shuffle,
        drop_last=drop_last,
        generator=generator,
    )


@probe
def criterion(name: str, **options: Any) -> nn.Module:
    """A loss of torch.nn."""
    from torch import nn

    return getattr(nn, name)(**options)


@probe
def optimizer(model: nn.Module, name: str = "SGD", **options: Any) -> torch.optim.Optimizer:
    """An optimizer of torch.optim over all parameters of `model`."""
    import torch

    return getattr(torch.optim, name)(model.parameters(), **options)


@probe
def groups(optimizer: torch.optim.Optimizer, model: nn.Module) -> list[dict[str, Any]]:
    """The optimizer's groups: lr, and the names of the parameters in `model` ("?" for foreign ones)."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return [
        {"lr": float(group["lr"]), "names": [names.get(id(each), "?") for each in group["params"]]}
        for group in optimizer.param_groups
    ]


# Looking at models


@probe
def state(model: nn.Module) -> dict[str, torch.Tensor]:
    """Copies of all parameters and buffers."""
    return {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}


@probe
def digests(model: nn.Module) -> dict[str, str]:
    """A digest of each parameter and buffer: equal only for equal bits. For large models."""
    return {
        name: hashlib.sha256(tensor.detach().cpu().contiguous().numpy().tobytes()).hexdigest()
        for name, tensor in model.state_dict().items()
    }


@probe
def load(model: nn.Module, state: Mapping[str, torch.Tensor]) -> None:
    """Put these values into the parameters and buffers of the given names; the others stay."""
    model.load_state_dict(dict(state), strict=False)


@probe
def parameters(model: nn.Module) -> list[dict[str, Any]]:
    """Name, shape, dtype, device and requires_grad of each parameter, shared ones once."""
    return [
        {
            "name": name,
            "shape": tuple(parameter.shape),
            "dtype": str(parameter.dtype),
            "device": str(parameter.device),
            "requires_grad": parameter.requires_grad,
        }
        for name, parameter in model.named_parameters()
    ]


@probe
def modules(model: nn.Module) -> list[dict[str, Any]]:
    """Name, class and mode of the module (its own name is "") and all in it."""
    return [
        {"name": name, "type": type(module).__name__, "training": module.training, "repr": repr(module)[:200]}
        for name, module in model.named_modules()
    ]


@probe
def hooks(model: nn.Module) -> int:
    """How many forward and backward hooks the module and all in it have."""
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(module, kind)) for module in model.modules() for kind in kinds)


# Changing and using models


@probe
def train(model: nn.Module, mode: bool = True) -> None:
    """Set train mode, or eval mode."""
    model.train(mode)


@probe
def require_gradients(model: nn.Module, names: Sequence[str]) -> None:
    """Make exactly the parameters of these names require gradients."""
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in names)


@probe
def predict(model: nn.Module, *inputs: torch.Tensor, batch_size: int = 500) -> torch.Tensor:
    """The model's outputs in eval mode without gradients, on the model's own device."""
    import torch

    device = next(model.parameters()).device
    before = model.training
    model.eval()
    with torch.no_grad():
        batches = zip(*(tensor.split(batch_size) for tensor in inputs), strict=True)
        outputs = [model(*(part.to(device) for part in batch)).cpu() for batch in batches]
    model.train(before)
    return torch.cat(outputs)


@probe
def gradients(
    model: nn.Module, inputs: Sequence[torch.Tensor], weights: torch.Tensor
) -> dict[str, torch.Tensor | None]:
    """Gradients of sum(weights · model(*inputs)): by parameter name, and of the first input as "inputs"."""
    import torch

    first = inputs[0].detach().clone().requires_grad_(inputs[0].is_floating_point())
    named = dict(model.named_parameters())
    wanted = [first, *named.values()] if first.requires_grad else list(named.values())
    total = (weights * model(first, *inputs[1:])).sum()
    found = torch.autograd.grad(total, wanted, allow_unused=True)
    return dict(zip(["inputs", *named] if first.requires_grad else named, found, strict=True))


@probe
def fill(model: nn.Module, values: Sequence[torch.Tensor]) -> list[tuple[int, ...] | None]:
    """Put each value into the parameters of its shape, whatever they are called.

    Returns the shapes of all parameters, shared ones once; None for those that have none yet (lazy layers).
    """
    import torch

    by_shape = {tuple(value.shape): value for value in values}
    shapes = []
    with torch.no_grad():
        for parameter in model.parameters():
            lazy = torch.nn.parameter.is_lazy(parameter)
            shapes.append(None if lazy else tuple(parameter.shape))
            if shapes[-1] in by_shape:
                parameter.copy_(by_shape[shapes[-1]])
    return shapes


@probe
def tie(model: nn.Module, name: str, other: str) -> None:
    """Let two modules share one parameter: `other` becomes the parameter `name` itself."""
    owner, _, attribute = other.rpartition(".")
    setattr(model.get_submodule(owner), attribute, model.get_parameter(name))


@probe
def add_hook(model: nn.Module, name: str) -> None:
    """Give a submodule a forward hook that does nothing."""
    model.get_submodule(name).register_forward_hook(lambda *_: None)


class WarningLog:
    """Notes the warnings that are given until it is asked for them, or until its check is over."""

    def __init__(self) -> None:
        self._catcher: warnings.catch_warnings | None = warnings.catch_warnings(record=True)
        self._caught = self._catcher.__enter__()
        warnings.simplefilter("always")

    def end(self) -> list[str]:
        """The categories of the warnings so far, each once, in alphabetical order."""
        if self._catcher is not None:
            self._catcher.__exit__(None, None, None)
            self._catcher = None
        return sorted({warning.category.__name__ for warning in self._caught or ()})

    def __del__(self) -> None:
        self.end()


@probe
def warning_log() -> WarningLog:
    """A log of all warnings from now on: `log = probe.warning_log()`, a call, `log.end()`."""
    return WarningLog()


# Functions


@probe
def named(namespace: Mapping[str, Any], name: str) -> Any:
    """What the notebook calls `name`: a function as an object, for the probes that take one.

    The worker puts its namespace first: `probe.named("lstm_cell")`. Raises KeyError.
    """
    return namespace[name]


@probe
def gradients_of(
    function: Callable, arguments: Sequence[Any], weights: Sequence[torch.Tensor]
) -> list[torch.Tensor | None]:
    """Gradients of sum(weights · results) of `function(*arguments)`, one for each tensor in the arguments.

    arguments: floating-point tensors, also in tuples and lists; in this order, the gradients come back.
    weights: a tensor for each of the results.
    """
    import torch

    leaves: list[torch.Tensor] = []

    def leaf(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)(map(leaf, value))
        leaves.append(value.detach().clone().requires_grad_())
        return leaves[-1]

    results = function(*map(leaf, arguments))
    results = results if isinstance(results, (list, tuple)) else [results]
    total = sum((each * result).sum() for each, result in zip(weights, results, strict=True))
    return list(torch.autograd.grad(total, leaves, allow_unused=True))


@probe
def torch_functions(function: Callable, *arguments: Any) -> list[str]:
    """The names of the functions of torch that `function(*arguments)` calls, each once, sorted."""
    from torch.overrides import TorchFunctionMode

    found: list[str] = []

    class Names(TorchFunctionMode):
        def __torch_function__(self, called: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            found.append(getattr(called, "__name__", type(called).__name__))
            return called(*args, **(kwargs or {}))

    with Names():
        function(*arguments)
    return sorted(set(found))
