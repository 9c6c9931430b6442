"""The wire format between a grader and a student's process: data only, bounded, checked on arrival.

A message is one msgpack document. Values of a few declared kinds travel: None, bool, int, float, str,
list, tuple, dict, NumPy scalars and arrays, tensors. Of anything else, such as a model, only a `Handle`
travels: a number, under which the student's process keeps the object, and the name of its type. What may
not travel at all arrives as `Opaque`. Nothing is ever unpickled, imported or evaluated.

Both processes import this module, so it must not know anything that a student may not read. It does not
import torch: who has no torch yet has no tensor to send.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np

MAX_MESSAGE_BYTES = 256 * 2**20
MAX_DEPTH = 16
MAX_ITEMS = 100_000
MAX_TEXT = 20_000
MAX_INT_BITS = 4096

_ARRAY_KINDS = "biufc"  # bool, signed, unsigned, float, complex: dtypes without pointers or code
_LENGTH_BYTES = 8


class WireError(ValueError):
    """A message that does not follow the wire format, or is larger than it may be."""


@dataclass(frozen=True)
class Opaque:
    """A value that may not travel; only the name of its type does."""

    type_name: str


@dataclass(frozen=True)
class Handle:
    """An object that stays in the student's process, by its number there."""

    number: int
    type_name: str


def encode(value: Any, keep: Callable[[Any], int] | None = None) -> bytes:
    """Return `value` as bytes. Raises WireError if it nests too deeply or has too many items.

    keep: stores an object that does not travel and returns the number for its handle; without it, such
        objects become opaque.
    """
    packed = msgpack.packb(_Encoder(keep).plain(value, MAX_DEPTH), strict_types=True)
    if len(packed) > MAX_MESSAGE_BYTES:
        raise WireError(f"a message of {len(packed):,} bytes is larger than {MAX_MESSAGE_BYTES:,}")
    return packed


def decode(message: bytes, resolve: Callable[[Handle], Any] | None = None) -> Any:
    """Return the value in `message`. Raises WireError for whatever `encode` would not have written.

    resolve: returns the object of a handle; without it, handles stay handles.
    """
    try:
        plain = msgpack.unpackb(message, strict_map_key=True)
    except (
        ValueError,
        TypeError,
        OverflowError,
        RecursionError,
        MemoryError,
        msgpack.UnpackException,
    ) as error:
        raise WireError(f"not a msgpack document: {type(error).__name__}") from None
    return _Decoder(resolve).value(plain, MAX_DEPTH)


class _Counted:
    """Counts the items of one message, so that a tiny message cannot become a huge structure."""

    def __init__(self) -> None:
        self.items = 0

    def enter(self, depth: int) -> None:
        self.items += 1
        if self.items > MAX_ITEMS:
            raise WireError(f"more than {MAX_ITEMS:,} items in one message")
        if depth == 0:
            raise WireError(f"nested more than {MAX_DEPTH} deep")


class _Encoder(_Counted):
    def __init__(self, keep: Callable[[Any], int] | None) -> None:
        super().__init__()
        self.keep = keep

    def plain(self, value: Any, depth: int) -> Any:
        self.enter(depth)
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is str:
            return value.encode("utf-8", "replace").decode()[:MAX_TEXT]
        if kind is int:
            if -(2**63) <= value < 2**64:
                return value
            if value.bit_length() > MAX_INT_BITS:
                return self._tagged("opaque", "int with thousands of digits")
            return self._tagged("int", hex(value))
        if kind is np.ndarray and value.dtype.kind in _ARRAY_KINDS:
            return self._array(value)
        if isinstance(value, np.generic) and value.dtype.kind in _ARRAY_KINDS:
            return self._tagged("scalar", [_dtype_name(value.dtype), value.tobytes()])
        if isinstance(value, list):
            return [self.plain(item, depth - 1) for item in list.__iter__(value)]
        if isinstance(value, tuple):
            return self._tagged("tuple", [self.plain(item, depth - 1) for item in tuple.__iter__(value)])
        if isinstance(value, dict):
            pairs = [[self.plain(k, depth - 1), self.plain(v, depth - 1)] for k, v in dict.items(value)]
            return self._tagged("dict", pairs)
        if kind is Opaque:
            return self._tagged("opaque", value.type_name[:200])
        if kind is Handle:
            return self._tagged("handle", [value.number, value.type_name[:200]])
        torch = sys.modules.get("torch")
        if torch is not None and kind in (torch.Tensor, torch.nn.Parameter):
            array = _numpy(torch, value)
            if array is not None:
                return self._tagged("tensor", [self._array(array), bool(value.requires_grad)])
        if self.keep is not None:
            return self._tagged("handle", [self.keep(value), _type_name(value)])
        return self._tagged("opaque", _type_name(value))

    @staticmethod
    def _tagged(tag: str, content: Any) -> dict[str, Any]:
        return {tag: content}

    def _array(self, array: np.ndarray) -> dict[str, Any]:
        # The layout travels too: a student's function must cope with transposed and sliced views.
        if array.flags.c_contiguous:
            layout = "C"
        elif array.flags.f_contiguous:
            layout = "F"
        else:
            layout = "strided"
        data = array.tobytes("F" if layout == "F" else "C")
        return self._tagged("array", [_dtype_name(array.dtype), list(array.shape), layout, data])


class _Decoder(_Counted):
    def __init__(self, resolve: Callable[[Handle], Any] | None) -> None:
        super().__init__()
        self.resolve = resolve

    def value(self, plain: Any, depth: int) -> Any:
        self.enter(depth)
        if plain is None or isinstance(plain, (bool, int, float)):
            return plain
        if isinstance(plain, str):
            return plain[:MAX_TEXT]
        if isinstance(plain, list):
            return [self.value(item, depth - 1) for item in plain]
        if isinstance(plain, dict) and len(plain) == 1:
            ((tag, content),) = plain.items()
            reader = getattr(self, f"_read_{tag}", None) if isinstance(tag, str) else None
            if reader is not None:
                return reader(content, depth)
        raise WireError("a value of an undeclared kind")

    def _read_int(self, content: Any, depth: int) -> int:
        if not isinstance(content, str) or len(content) > MAX_INT_BITS:
            raise WireError("a malformed large int")
        try:
            return int(content, 16)
        except ValueError:
            raise WireError("a malformed large int") from None

    def _read_opaque(self, content: Any, depth: int) -> Opaque:
        if not isinstance(content, str):
            raise WireError("a malformed type name")
        return Opaque(content[:200])

    def _read_handle(self, content: Any, depth: int) -> Any:
        number, name = self._list_of(content, 2)
        if type(number) is not int or not isinstance(name, str):
            raise WireError("a malformed handle")
        handle = Handle(number, name[:200])
        return handle if self.resolve is None else self.resolve(handle)

    def _read_tensor(self, content: Any, depth: int) -> Any:
        import torch

        plain, requires_grad = self._list_of(content, 2)
        if not isinstance(plain, dict) or plain.keys() != {"array"} or type(requires_grad) is not bool:
            raise WireError("a malformed tensor")
        array = self._read_array(plain["array"], depth)
        try:
            tensor = torch.from_numpy(array)
        except (TypeError, ValueError):  # no such dtype in torch, or another byte order
            raise WireError("a tensor of an undeclared dtype") from None
        differentiable = tensor.is_floating_point() or tensor.is_complex()
        return tensor.requires_grad_() if requires_grad and differentiable else tensor

    def _read_tuple(self, content: Any, depth: int) -> tuple:
        return tuple(self._list(content, depth))

    def _read_dict(self, content: Any, depth: int) -> dict:
        if not isinstance(content, list):
            raise WireError("a malformed dict")
        result = {}
        for pair in content:
            if not isinstance(pair, list) or len(pair) != 2:
                raise WireError("a malformed dict")
            key = self.value(pair[0], depth - 1)
            if not isinstance(key, (str, int, float, bool, type(None))):
                raise WireError("a dict key of an undeclared kind")
            result[key] = self.value(pair[1], depth - 1)
        return result

    def _read_scalar(self, content: Any, depth: int) -> np.generic:
        dtype, data = self._list_of(content, 2)
        return self._buffer(dtype, (), data)[()]

    def _read_array(self, content: Any, depth: int) -> np.ndarray:
        dtype, shape, layout, data = self._list_of(content, 4)
        if not isinstance(shape, list) or len(shape) > 32:
            raise WireError("a malformed shape")
        if not all(type(side) is int and 0 <= side < 2**40 for side in shape):
            raise WireError("a malformed shape")
        if layout == "F":
            return self._buffer(dtype, shape[::-1], data).T
        array = self._buffer(dtype, shape, data)
        if layout == "strided" and array.ndim:
            # Every second element of a wider array: a view that is contiguous in no order.
            wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
            wide[..., ::2] = array
            return wide[..., ::2]
        return array

    def _list(self, content: Any, depth: int) -> list:
        if not isinstance(content, list):
            raise WireError("a malformed sequence")
        return [self.value(item, depth - 1) for item in content]

    @staticmethod
    def _list_of(content: Any, length: int) -> list:
        if not isinstance(content, list) or len(content) != length:
            raise WireError("a malformed array")
        return content

    @staticmethod
    def _buffer(name: Any, shape: Any, data: Any) -> np.ndarray:
        if not isinstance(name, str) or len(name) > 8 or not isinstance(data, bytes):
            raise WireError("a malformed array")
        try:
            dtype = np.dtype(name)
        except (TypeError, ValueError):
            raise WireError("an unknown dtype") from None
        if dtype.kind not in _ARRAY_KINDS:
            raise WireError("a dtype that may not travel")
        count = 1
        for side in shape:
            count *= side
        if count * dtype.itemsize != len(data):
            raise WireError("an array whose size does not fit its shape")
        return np.frombuffer(bytearray(data), dtype).reshape(shape)


def _numpy(torch: Any, tensor: Any) -> np.ndarray | None:
    """The values of a tensor, wherever it is; None for kinds that NumPy does not know."""
    if tensor.layout is not torch.strided or tensor.is_quantized or tensor.device.type == "meta":
        return None
    try:
        return tensor.detach().cpu().resolve_conj().resolve_neg().numpy()
    except TypeError:  # bfloat16 and smaller
        return None


def _dtype_name(dtype: np.dtype) -> str:
    return np.dtype(dtype).str


def _type_name(value: Any) -> str:
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    if kind is np.ndarray:
        name = f"numpy.ndarray of dtype {value.dtype}"
    return name.removeprefix("__main__.")[:200]


def send(channel: socket.socket, message: bytes, deadline: float | None = None) -> None:
    """Write one message. Raises TimeoutError after `deadline` (time.monotonic), OSError if nobody reads."""
    channel.settimeout(_remaining(deadline))
    channel.sendall(len(message).to_bytes(_LENGTH_BYTES, "big") + message)


def receive(channel: socket.socket, deadline: float | None = None, limit: int = MAX_MESSAGE_BYTES) -> bytes:
    """Read one message.

    Raises TimeoutError after `deadline` (time.monotonic), EOFError if the other side has closed and
    WireError if the message is longer than `limit` bytes.
    """
    length = int.from_bytes(_read(channel, _LENGTH_BYTES, deadline), "big")
    if length > limit:
        raise WireError(f"a message of {length:,} bytes is larger than {limit:,}")
    return _read(channel, length, deadline)


def _read(channel: socket.socket, length: int, deadline: float | None) -> bytes:
    data = bytearray()
    while len(data) < length:
        channel.settimeout(_remaining(deadline))
        chunk = channel.recv(min(length - len(data), 2**20))
        if not chunk:
            raise EOFError("the other process has closed the channel")
        data += chunk
    return bytes(data)


def _remaining(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError("the deadline has passed")
    return remaining
