"""Objects that stay in the student's process: models, loaders, optimizers; probes and watched calls."""

from __future__ import annotations

import nbformat
import numpy as np
import pytest
import torch
from torch import nn

from grader.checking import CheckFailed, NotAttempted, Student, StudentRaised
from grader.checking.device import NoDevice, resolve_device
from grader.checking.inside import LocalSession
from grader.checking.mistakes import Mistake, diagnose
from grader.checking.tensors import accuracy, changed, expect_number, expect_tensor
from grader.kernel import probes, wire
from grader.kernel.session import Session
from grader.kernel.worker import Worker

CODE = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, classes=2):
        super().__init__()
        self.fc = nn.Linear(3, classes)
    def forward(self, x):
        return self.fc(x)
    def double(self, x):
        return 2 * self(x)

class Stub(nn.Module):
    def __init__(self):
        raise NotImplementedError

def same(model):
    return model

def both(model):
    return {"model": model, "pair": (model, 1)}

def train(model, loader, optimizer, device="cpu"):
    model.to(device)
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
    return loss.item()

def ignores_the_device(model, loader, optimizer, device="cpu"):
    for x, y in loader:
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

def compares(model, loader, device, back):
    model.to(device)
    for x, y in loader:
        answers = model(x.to(device)).argmax(1)
        answers = answers.cpu() if back == "cpu" else answers.to("cpu") if back == "to" else answers
        answers == (y.to(device) if back == "moves" else y)

def follows_the_model(model, loader, optimizer, device="cpu"):
    model = model.to(torch.device(device))
    there = next(model.parameters()).device
    for batch in loader:
        x, y = (part.to(there, non_blocking=True) for part in batch)
        nn.functional.cross_entropy(model(x / 2), y.long()).backward()
        optimizer.step()

def spoils(x):
    x += 1

class Touchy:
    def __eq__(self, other):
        raise RuntimeError("compared")
    def __getattr__(self, name):
        raise RuntimeError("asked for " + name)

def blend(x, pair, unused):
    return x * pair[0].sigmoid(), pair[1].detach() + x

def of_torch(x):
    return nn.LSTMCell(3, 2)(torch.tanh(x))[0]

def leaves_gradients_off():
    torch.set_grad_enabled(False)

def draws():
    torch.rand(1)

def die():
    import os
    os._exit(1)
"""
SPEC = {"features": [["Linear", 3, 4], ["BatchNorm1d", 4]], "fc": ["Linear", 4, 2]}


@pytest.fixture(scope="module", params=["a process of its own", "the notebook's own process"])
def session(request):
    if request.param.startswith("a"):
        cells = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE)])
        with Session(cells) as session:
            yield session
    else:
        namespace: dict = {}
        exec(CODE, namespace)
        yield LocalSession(namespace, {})


@pytest.fixture
def student(session) -> Student:
    student = Student(session)
    student.begin(30)
    return student


def data(student):
    return student.probe.loader(torch.randn(5, 3), torch.tensor([0, 1, 0, 1, 1]), batch_size=2)


def test_models_stay_and_are_called(student):
    net = student.Net(classes=4)
    logits = net(torch.ones(5, 3))
    assert logits.shape == (5, 4)
    assert logits.requires_grad
    expect_tensor(net.double(torch.ones(5, 3)), 2 * logits)
    with pytest.raises(StudentRaised, match=r"Net\(classes=4\)\(.*|shapes cannot be multiplied"):
        net(torch.ones(5, 2))
    with pytest.raises(CheckFailed, match="no method `triple`"):
        net.triple(torch.ones(1, 3))


def test_the_same_object_has_the_same_handle(student):
    net, other = student.Net(), student.Net()
    assert student.same(net) == net != other
    found = student.both(net)
    assert found["model"] == found["pair"][0] == net


def test_a_stub_is_not_attempted(student):
    with pytest.raises(NotAttempted):
        student.Stub()


def test_changed_tensors_are_noticed(student):
    student.spoils(torch.ones(2))
    assert student.calls[-1].reply["changed"] == [0]
    student.same(torch.ones(2))
    assert student.calls[-1].reply["changed"] == []


def test_objects_do_not_outlive_their_check(student):
    net = student.Net()
    student.begin(30)
    student.Net()
    student.begin(30)
    student.draws()
    with pytest.raises(CheckFailed, match="has ended"):
        net(torch.ones(1, 3))


def test_the_same_numbers_on_both_sides(student):
    there, here = student.probe.model(SPEC, seed=7), probes.model(SPEC, seed=7)
    images = torch.randn(6, 3)
    state = student.probe.state(there)
    assert changed(state, here.state_dict()) == []
    expect_tensor(student.probe.predict(there, images), here.eval()(images).detach())
    assert not torch.equal(state["fc.weight"], probes.model(SPEC, seed=8).state_dict()["fc.weight"])
    again = student.probe.model(SPEC, state=state, double=True)
    assert student.probe.state(again)["fc.weight"].dtype == torch.float64
    assert student.probe.digests(there) == student.probe.digests(student.probe.model(SPEC, seed=7))


def test_gradients_are_those_of_autograd(student):
    net, inputs, weights = student.probe.model(SPEC, seed=1), torch.randn(5, 3), torch.randn(5, 2)
    here = probes.model(SPEC, seed=1)
    inputs_here = inputs.clone().requires_grad_()
    (weights * here(inputs_here)).sum().backward()
    got = student.probe.gradients(net, [inputs], weights)
    expect_tensor(got["inputs"], inputs_here.grad)
    expect_tensor(got["fc.weight"], here.fc.weight.grad)


def test_models_are_described(student):
    net = student.probe.model(SPEC, seed=1)
    student.probe.require_gradients(net, ["fc.bias"])
    described = {each["name"]: each for each in student.probe.parameters(net)}
    assert [name for name, each in described.items() if each["requires_grad"]] == ["fc.bias"]
    assert described["fc.weight"]["shape"] == (2, 4)
    student.probe.train(net, False)
    assert not any(module["training"] for module in student.probe.modules(net))
    assert student.probe.read(net, "fc", "in_features") == 4
    assert student.probe.has(net, "fc", "conv") == [True, False]
    assert student.probe.is_a(student.probe.read(net, "fc"), "Linear")
    assert student.probe.hooks(net) == 0
    adam = student.probe.optimizer(net, "Adam", lr=0.5)
    (group,) = student.probe.groups(adam, net)
    assert group["lr"] == 0.5
    assert group["names"] == list(described)


def test_resnets_can_be_built(student):
    net = student.probe.model(["resnet18", {"num_classes": 3}], seed=1)
    assert student.probe.predict(net, torch.zeros(1, 3, 32, 32)).shape == (1, 3)


def test_objects_that_raise_at_every_touch_cost_the_call_only(student):
    touchy = student.Touchy()
    with pytest.raises(StudentRaised, match="asked for double"):
        touchy.double()
    with pytest.raises(StudentRaised, match="not callable"):
        touchy()
    assert student.same(1) == 1


def test_arrays_are_overwritten_in_place_and_by_name(student):
    array = np.zeros(2)
    thing = student.probe.record(a=array, b=array)
    student.probe.overwrite(thing, a=np.ones(2), b=np.full(3, 7.0))
    assert list(student.probe.read(thing, "a")) == [1, 1]
    assert list(student.probe.read(thing, "b")) == [7, 7, 7]
    with pytest.raises(StudentRaised):
        student.probe.overwrite(thing, c=np.ones(2))


def test_functions_become_objects(student):
    x, pair, unused = torch.randn(2, 3), (torch.randn(2, 3), torch.randn(2, 3)), torch.randn(1)
    weights = torch.randn(2, 3), torch.randn(2, 3)
    blend = student.probe.named("blend")
    got = student.probe.gradients_of(blend, [x, pair, unused], weights)
    open_ = pair[0].sigmoid()
    expect_tensor(got[0], weights[0] * open_ + weights[1])
    expect_tensor(got[1], weights[0] * x * open_ * (1 - open_))
    assert got[2:] == [None, None]
    with pytest.raises(StudentRaised):
        student.probe.gradients_of(blend, [x, pair, unused], weights[:1])
    with pytest.raises(StudentRaised):
        student.probe.named("nothing")


def test_functions_of_torch_are_noted(student):
    found = student.probe.torch_functions(student.probe.named("of_torch"), torch.ones(2, 3))
    assert {"tanh", "lstm_cell"} <= set(found)
    found = student.probe.torch_functions(student.probe.named("same"), torch.ones(2, 3))
    assert found == []


def test_forecasters_can_be_built(student):
    spec, x = ["Forecaster", {"input_size": 2, "hidden_size": 3, "dropout": 1.0}], torch.randn(4, 5, 2)
    there, here = student.probe.model(spec, seed=7), probes.model(spec, seed=7)
    expect_tensor(student.probe.predict(there, x), here.eval()(x).detach())
    expect_tensor(there(x).detach(), here.fc.bias.detach().expand(4))


def test_gradients_that_were_left_off_are_on_in_the_next_check(student):
    student.leaves_gradients_off()
    student.begin(30)
    assert student.Net()(torch.ones(1, 3)).requires_grad


def test_drawing_changes_the_global_state(student):
    student.probe.seed(3)
    before = student.probe.random_state()
    assert student.probe.random_state() == before
    student.draws()
    assert student.probe.random_state() != before
    student.probe.seed(3)
    assert student.probe.random_state() == before


@pytest.mark.parametrize("name", ["train", "ignores_the_device", "follows_the_model"])
def test_watched_calls_tell_what_moved(student, name):
    net = student.Net()
    optimizer = student.probe.optimizer(net, lr=0.1)
    _, events = getattr(student.watching("cpu:0"), name)(net, data(student), optimizer, device="cpu:0")
    forward, loss, step = (
        [event for event in events if event["what"] == what] for what in ("forward", "loss", "step")
    )
    moved = name != "ignores_the_device"
    assert [event["size"] for event in forward] == [2, 2, 1]
    assert all(
        event["training"] and event["grad"] and event["model"] == net.handle.number for event in forward
    )
    assert all(event["moved"] is event["model_moved"] is moved for event in forward)
    assert [event["moved"] for event in loss] == [True] * 3  # together, wherever that is
    assert [(event["optimizer"], event["lr"]) for event in step] == [("SGD", [0.1])] * 3


@pytest.mark.parametrize("back", ["", "cpu", "to", "moves"])
def test_watched_calls_tell_what_is_compared_across_devices(student, back):
    _, events = student.watching("cpu:0").compares(student.Net(), data(student), "cpu:0", back)
    assert [event["moved"] for event in events if event["what"] == "compare"] == [bool(back)] * 3


def test_watching_ends_with_the_call(student):
    net = student.Net()
    _, events = student.watching().train(net, data(student), student.probe.optimizer(net, lr=0.1))
    assert "moved" not in events[0]
    assert student.watching().same(net)[1] == []


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")
def test_training_on_a_gpu(student):
    net = student.Net()
    _, events = student.watching("cuda").train(
        net, data(student), student.probe.optimizer(net, lr=0.1), device="cuda"
    )
    assert all(event["moved"] and event["model_moved"] for event in events if event["what"] == "forward")
    assert student.probe.parameters(net)[0]["device"].startswith("cuda")


def test_feedback_shows_objects_by_their_names(student):
    net = student.Net(classes=3)
    student.train(net, data(student), student.probe.optimizer(net, lr=0.1))
    student.probe.state(net)
    assert str(student.last_call) == "train(Net(classes=3), loader, optimizer)"


def test_a_large_model_is_filled_without_being_initialised():
    spec = ["resnet18", {"num_classes": 3}]
    filled, built = probes.model(spec, seed=2), probes.build(spec)
    probes.numbers(built, seed=2)
    assert filled.state_dict().keys() == built.state_dict().keys()
    assert all(map(torch.equal, filled.state_dict().values(), built.state_dict().values()))
    assert int(filled.bn1.num_batches_tracked) == 0
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert torch.equal(filled(images), built(images))
    assert {each.device.type for each in probes.outline(spec).parameters()} == {"meta"}


def test_unknown_probes_are_a_grader_s_fault(student):
    with pytest.raises(AttributeError):
        student.probe.nothing()


def test_a_dead_process_takes_its_objects_along():
    cells = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE)])
    with Session(cells) as session:
        student = Student(session)
        student.begin(30)
        net = student.Net()
        with pytest.raises(CheckFailed, match="ended the whole Python process"):
            student.die()
        with pytest.raises(CheckFailed, match="has ended"):
            net(torch.ones(1, 3))


def test_forged_events_are_a_wrong_answer(student):
    student.same(1)
    student.calls[-1].reply["events"] = [{"what": "forward", "model": "x"}]
    from grader.checking.student import _events

    for forged in ([{"what": "forward", "model": "x"}], [3], [{"what": []}], [{"what": "step", "lr": 3}]):
        with pytest.raises(CheckFailed, match="cannot be read"):
            _events(forged)
    assert _events("no list") == []


# Diagnosis of what models do


def no_zero_grad(model, loader, optimizer, device="cpu"):
    for x, y in loader:
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()


def halves(model, loader, optimizer, device="cpu"):
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x / 2), y)
        loss.backward()
        optimizer.step()
    return loss.item()


def test_what_a_training_did_to_a_model_tells_the_mistake():
    mistakes = [Mistake(f.__name__, "train", "train", "", f) for f in (halves, no_zero_grad)]
    session = LocalSession({"train": no_zero_grad}, {})
    student = Student(session)
    for _ in range(2):
        student.begin(30)
        net = student.probe.model(SPEC, seed=2)
        loader = student.probe.loader(torch.randn(5, 3), torch.tensor([0, 1, 0, 1, 1]), batch_size=3)
        student.train(net, loader, student.probe.optimizer(net, lr=0.1))
        student.probe.state(net)
    assert diagnose(mistakes, student.calls, student.history).name == "no_zero_grad"
    assert diagnose(mistakes[:1], student.calls, student.history) is None


# Expectations


@pytest.mark.parametrize(
    ("got", "message"),
    [
        ([1.0], "a list; a tensor is expected"),
        (torch.ones(2, dtype=torch.float64), "float64; float32 is expected"),
        (torch.ones(3), r"shape \(3,\); \(2,\) is expected"),
        (torch.tensor([1.0, float("nan")]), "1 of 2 values are not finite"),
        (torch.tensor([1.0, 1.1]), "1 of 2 values are wrong"),
        (torch.ones(2, requires_grad=True), "still requires gradients"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_tensors_that_are_not_what_was_expected(got, message):
    with pytest.raises(CheckFailed, match=message):
        expect_tensor(got, torch.ones(2), detached=True)


@pytest.mark.parametrize(
    ("got", "message"),
    [
        (torch.tensor(1.0), "`.item\\(\\)` makes one"),
        (True, "a float is expected"),
        (float("nan"), "finite"),
        (1.5, "too large; count every image"),
        ("1", "a float is expected"),
    ],
    ids=str,
)
def test_numbers_that_are_not_what_was_expected(got, message):
    with pytest.raises(CheckFailed, match=message):
        expect_number(got, 1.0, 0.5, hint="count every image")


def test_right_answers_pass():
    expect_tensor(torch.ones(2) + 1e-7, torch.ones(2), detached=True)
    expect_number(0.5, 1.0, 0.5)
    assert accuracy(torch.eye(3), torch.tensor([0, 1, 1])) == pytest.approx(2 / 3)
    with pytest.raises(CheckFailed, match="classes"):
        accuracy(torch.ones(2), torch.tensor([0, 1]))


def test_a_gpu_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == "cpu"
    with pytest.raises(NoDevice, match="finds no GPU"):
        resolve_device("cuda")


def test_an_argument_that_can_no_longer_be_sent_has_changed():
    def knot(values):
        values.append(values)

    call = {"number": 0, "function": "knot", "owner": None, "args": [[1]], "kwargs": {}, "watch": None}
    reply = wire.decode(Worker({"knot": knot}).answer(wire.encode(call)))
    assert reply == {"value": None, "changed": [0]}
