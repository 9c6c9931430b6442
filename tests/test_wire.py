"""The wire format: what may travel, travels; anything else is refused or arrives as Opaque."""

from __future__ import annotations

import socket
import time

import msgpack
import numpy as np
import pytest
import torch

from grader.kernel import wire
from grader.kernel.wire import Handle, Opaque, WireError, decode, encode


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1, 2**63, -(2**200), 1.5, "text", [1, [2, ()]], (1, "a"), {"a": (1,), 2: None}, [], {}],
    ids=repr,
)
def test_plain_values_survive(value):
    result = decode(encode(value))
    assert result == value
    assert type(result) is type(value)


def test_nan_and_infinity_survive():
    assert np.isnan(decode(encode(float("nan"))))
    assert decode(encode(float("-inf"))) == float("-inf")


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "uint8", "bool", "complex128", ">f4"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 4)], ids=str)
def test_arrays_survive(dtype, shape):
    array = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    result = decode(encode(array))
    np.testing.assert_array_equal(result, array)
    assert result.dtype == array.dtype
    assert result.flags.writeable


def test_layouts_survive():
    array = np.arange(12.0).reshape(3, 4)
    assert decode(encode(array.T)).flags.f_contiguous
    sliced = decode(encode(array[:, ::2]))
    assert not sliced.flags.c_contiguous
    assert not sliced.flags.f_contiguous
    np.testing.assert_array_equal(sliced, array[:, ::2])


def test_numpy_scalars_stay_scalars():
    result = decode(encode(np.int32(7)))
    assert result == 7
    assert isinstance(result, np.int32)


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.float16, torch.int64, torch.uint8, torch.bool]
)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)], ids=str)
def test_tensors_survive(dtype, shape):
    tensor = torch.ones(shape).to(dtype)
    result = decode(encode(tensor))
    assert type(result) is torch.Tensor
    assert result.dtype == dtype
    assert torch.equal(result, tensor)
    assert not result.requires_grad


def test_tensors_tell_whether_they_require_gradients():
    weight = torch.nn.Parameter(torch.ones(2))
    assert decode(encode(weight)).requires_grad
    assert decode(encode(2 * weight)).requires_grad
    assert not decode(encode(weight.detach())).requires_grad
    assert decode(encode(torch.arange(6.0).reshape(2, 3).T)).stride() == (1, 3)


class Pretender(torch.Tensor):
    """A tensor that may do anything in its methods."""


@pytest.mark.parametrize(
    "tensor",
    [
        torch.ones(2).as_subclass(Pretender),
        torch.ones(2, dtype=torch.bfloat16),
        torch.ones(2, device="meta"),
        torch.eye(2).to_sparse(),
    ],
    ids=["subclass", "bfloat16", "meta", "sparse"],
)
def test_other_tensors_arrive_as_names_only(tensor):
    assert isinstance(decode(encode(tensor)), Opaque)


def test_objects_become_handles_where_they_are_kept():
    kept = []
    message = encode([kept, object, {"a": {1}}], keep=lambda value: kept.append(value) or len(kept))
    assert decode(message) == [[], Handle(1, "type"), {"a": Handle(2, "set")}]
    assert kept == [object, {1}]
    assert decode(message, resolve=lambda handle: handle.number) == [[], 1, {"a": 2}]


class Liar(np.ndarray):
    """Says that it equals everything."""

    def __eq__(self, other):
        return True


@pytest.mark.parametrize(
    "value",
    [
        object(),
        print,
        {1, 2},
        b"bytes",
        1j,
        np.zeros(2).view(Liar),
        np.ma.masked_array([1.0]),
        np.array([object()]),
        np.zeros(1, [("a", "f8")]),
        10**5000,
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_things_arrive_as_names_only(value):
    assert isinstance(decode(encode(value)), Opaque)


def test_too_deep_or_too_many_is_refused():
    deep = []
    for _ in range(50):
        deep = [deep]
    with pytest.raises(WireError, match="deep"):
        encode(deep)
    with pytest.raises(WireError, match="items"):
        encode([0] * (wire.MAX_ITEMS + 1))


@pytest.mark.parametrize(
    "plain",
    [
        {"array": ["<f8", [2], "C", b"12345678"]},  # size and shape do not fit
        {"array": ["|O", [1], "C", b"12345678"]},  # pointers
        {"array": ["V8", [1], "C", b"12345678"]},
        {"array": ["<f8", [-1], "C", b""]},
        {"array": ["<f8", [2**62, 2**62], "C", b""]},
        {"array": ["<f8", "x", "C", b""]},
        {"array": [["<f8"], [1], "C", b"12345678"]},
        {"array": 3},
        {"scalar": ["<f8", b"1"]},
        {"int": "zz"},
        {"int": "1" * 10**6},
        {"dict": [[1]]},
        {"dict": [[[1], 2]]},
        {"tuple": 3},
        {"opaque": 3},
        {"handle": [1]},
        {"handle": ["1", "x"]},
        {"handle": [1, 2]},
        {"tensor": [{"array": ["<c32", [1], "C", b"1" * 32]}, False]},
        {"tensor": [{"array": [">f4", [1], "C", b"1234"]}, False]},
        {"tensor": [{"array": ["<f4", [1], "C", b"1234"]}, 1]},
        {"tensor": [[1.0], False]},
        {"tensor": [{"array": ["<f4", [2], "C", b"1234"]}, False]},
        {"list": []},
        {"_list": []},
        {"a": 1, "b": 2},
        b"raw",
        msgpack.Timestamp(1),
        msgpack.ExtType(5, b"x"),
    ],
    ids=repr,
)
def test_malformed_values_are_refused(plain):
    with pytest.raises(WireError):
        decode(msgpack.packb(plain))


def test_random_bytes_never_do_anything_else():
    rng = np.random.default_rng(1)
    good = encode({"value": [np.eye(3), "text", (1, 2.0), torch.eye(2), Handle(7, "Net")], "changed": []})
    outcomes = {"refused": 0, "decoded": 0}
    for _ in range(3000):
        noise = bytearray(good)
        for _ in range(rng.integers(1, 6)):
            noise[rng.integers(len(noise))] = rng.integers(256)
        try:
            decode(bytes(noise[: rng.integers(1, len(noise) + 1)]))
            outcomes["decoded"] += 1
        except WireError:
            outcomes["refused"] += 1
    assert outcomes["refused"] > 500


@pytest.fixture
def pair():
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def test_messages_cross_a_socket(pair):
    wire.send(pair[0], b"hello")
    assert wire.receive(pair[1]) == b"hello"


def test_a_long_message_is_refused_before_it_is_read(pair):
    pair[0].sendall((2**60).to_bytes(8, "big"))
    with pytest.raises(WireError, match="larger"):
        wire.receive(pair[1], limit=1000)


def test_half_a_message_ends_at_the_deadline(pair):
    pair[0].sendall((100).to_bytes(8, "big") + b"half")
    with pytest.raises(TimeoutError):
        wire.receive(pair[1], deadline=time.monotonic() + 0.2)


def test_a_closed_channel_is_told_apart(pair):
    pair[0].close()
    with pytest.raises(EOFError):
        wire.receive(pair[1])
