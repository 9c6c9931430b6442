"""What a student's function does to models while it runs: passes, steps, modes, devices."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.optim.optimizer import register_optimizer_step_post_hook
from torch.overrides import TorchFunctionMode

MAX_EVENTS = 2000

Event = dict[str, Any]


class Watch(contextlib.AbstractContextManager):
    """Records events while a call runs.

    known: the ids of the objects that the grader has handles of, with the numbers of these.
    device: what the call is told to use; "" to look at devices no closer. With a CPU, whose tensors are all
        in the same place, "cpu:0" tells what was moved there from what was not: nothing else says "cpu:0".

    Entered, it gives the list of events, each a dict with `what`:

    - "forward", a pass of a known module: `model` (its handle's number), `training`, `grad` (whether
      gradients are tracked), `size` (of the batch), and if a device was given `moved` and `model_moved`
      (whether the input, and every parameter, went to it);
    - "loss", a call of a loss function, and "compare", a comparison of tensors, if a device was given:
      `moved` (False if one of the two went to it and the other did not: on a GPU that is an error);
    - "step", of an optimizer: `optimizer` (its class), `lr` (of each group).
    """

    def __init__(self, known: Mapping[int, int], device: str = "") -> None:
        self.known = known
        self.events: list[Event] = []
        self.moves = _Moves(torch.device(device), self.events) if device else None
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> list[Event]:
        for handle in (
            register_module_forward_pre_hook(self._forward),
            register_optimizer_step_post_hook(self._step),
        ):
            self._stack.callback(handle.remove)
        if self.moves is not None:
            self._stack.enter_context(self.moves)
        return self.events

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def _forward(self, module: nn.Module, inputs: tuple) -> None:
        number = self.known.get(id(module))
        if number is None or isinstance(module, nn.modules.loss._Loss) or len(self.events) >= MAX_EVENTS:
            return
        first = next(_tensors(inputs), None)
        event: Event = {
            "what": "forward",
            "model": number,
            "training": module.training,
            "grad": torch.is_grad_enabled(),
            "size": len(first) if first is not None and first.ndim else 0,
        }
        if self.moves is not None:
            event["moved"] = first is not None and self.moves.has(first)
            event["model_moved"] = all(map(self.moves.has, module.parameters()))
        self.events.append(event)

    def _step(self, optimizer: torch.optim.Optimizer, args: tuple, kwargs: dict[str, Any]) -> None:
        if len(self.events) < MAX_EVENTS:
            lr = [float(group["lr"]) for group in optimizer.param_groups]
            self.events.append({"what": "step", "optimizer": type(optimizer).__name__, "lr": lr})


class _Moves(TorchFunctionMode):
    """Follows tensors that were moved to a device, and what is computed from them."""

    def __init__(self, device: torch.device, events: list[Event]) -> None:
        super().__init__()
        self.device = device
        self.events = events
        self._moved: dict[int, torch.Tensor] = {}  # by address; alive, so that no address is used twice

    def has(self, tensor: torch.Tensor) -> bool:
        """Whether a tensor is on the device, or went there."""
        with torch._C.DisableTorchFunctionSubclass():
            if tensor.device.type != "cpu":
                return tensor.device.type == self.device.type
            return tensor.untyped_storage().data_ptr() in self._moved

    def __torch_function__(
        self, function: Any, types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if function == _DEVICE_OF and self.has(args[0]):
            return self.device
        given = [*args, *kwargs.values()]
        if function in _TOGETHER and len(self.events) < MAX_EVENTS:
            pair = [tensor for tensor in _tensors(given) if tensor.ndim][:2]
            if len(pair) == 2:
                moved = self.has(pair[0]) == self.has(pair[1])
                self.events.append({"what": _TOGETHER[function], "moved": moved})
        result = function(*args, **kwargs)
        if function in _BACK and (function is torch.Tensor.cpu or any(map(_is_cpu, given))):
            return result.clone() if self.has(result) else result  # a copy, as it would be from a GPU
        if any(map(self._is_device, given)) or any(map(self.has, _tensors(given))):
            for tensor in _tensors([result]):
                self._moved[tensor.untyped_storage().data_ptr()] = tensor
        return result

    def _is_device(self, value: Any) -> bool:
        if isinstance(value, str):
            return value == str(self.device)
        return isinstance(value, torch.device) and value == self.device


_DEVICE_OF = torch.Tensor.device.__get__  # type: ignore[attr-defined]
_CPU = torch.device("cpu")
_BACK = (torch.Tensor.cpu, torch.Tensor.to)
_TOGETHER = {
    **dict.fromkeys(
        (nn.functional.cross_entropy, nn.functional.nll_loss, nn.functional.mse_loss),
        "loss",
    ),
    **dict.fromkeys(
        (torch.eq, torch.Tensor.eq, torch.Tensor.__eq__, torch.ne, torch.Tensor.ne, torch.Tensor.__ne__),
        "compare",
    ),
}


def _is_cpu(value: Any) -> bool:
    return value == "cpu" if isinstance(value, str) else isinstance(value, torch.device) and value == _CPU


def _tensors(values: Iterable[Any]) -> Iterator[torch.Tensor]:
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _tensors(value)
