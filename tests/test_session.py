"""Sessions: student code in a process of its own, which may do its worst."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import nbformat
import numpy as np
import pytest

from grader.checking import CheckFailed, Student
from grader.checking.student import Call
from grader.kernel import wire
from grader.kernel.faults import CannotStart, Limits, ProcessDied, TimeUp
from grader.kernel.session import Session

FAST = Limits(cell_seconds=3, memory_bytes=2 * 2**30, output_bytes=100_000)


def notebook(*sources: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])


def call(session: Session, name: str, *args, seconds: float = 10.0, **kwargs):
    return session.request(Call(name, args, kwargs).message, seconds)


def test_cells_run_as_in_jupyterlab():
    cells = notebook(
        "%matplotlib inline\nimport matplotlib.pyplot as plt",
        "plt.plot([1, 2]);",
        "import asyncio\nawait asyncio.sleep(0.01)\n'awaited'",
        "%timeit -n1 -r1 pass",
        "from IPython.display import HTML\nHTML('<b>rich</b>')",
        "!echo shell",
    )
    with Session(cells) as session:
        assert session.faults == {}
    outputs = [cell.outputs for cell in cells.cells]
    assert "image/png" in outputs[1][0].data
    assert outputs[2][0].data["text/plain"] == "'awaited'"
    assert "per loop" in outputs[3][0].text
    assert outputs[4][0].data["text/html"] == "<b>rich</b>"
    assert outputs[5][0].text.strip() == "shell"


def test_functions_answer_and_arguments_are_watched():
    cells = notebook(
        "import numpy as np\ndef double(x, plus=0):\n    return 2 * x + plus",
        "def spoil(x):\n    x[0] = 7\n    return x",
        "def fail(x):\n    raise ValueError(f'x is {x}')",
    )
    with Session(cells) as session:
        np.testing.assert_array_equal(call(session, "double", np.arange(3.0), plus=1)["value"], [1, 3, 5])
        assert call(session, "double", np.arange(3.0))["changed"] == []
        assert call(session, "spoil", np.arange(3.0))["changed"] == [0]
        assert call(session, "spoil", x=np.arange(3.0))["changed"] == ["x"]
        raised = call(session, "fail", 3)["raised"]
        assert (raised["type"], raised["message"]) == ("ValueError", "x is 3")
        assert "raise ValueError" in raised["line"]
        assert call(session, "nobody") == {"missing": "nobody"}


def test_faulty_cells_cost_only_themselves():
    cells = notebook(
        "def before(): return 1",
        "import os\nos._exit(1)",
        "while True: pass",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "raise SystemExit",
        "exit()",
        "input()",
        "def f(:",
        "class Bad(Exception):\n    def __str__(self): raise RuntimeError\nraise Bad",
        "def after(): return 2",
    )
    with Session(cells, limits=FAST) as session:
        names = {index: fault.name for index, fault in session.faults.items()}
        assert call(session, "before")["value"] == 1
        assert call(session, "after")["value"] == 2
    assert names[1] == "KernelDied"
    assert names[2] == names[3] == "TimeLimit"
    assert names[4] == "SystemExit"
    assert 5 not in names
    assert names[6] == "StdinNotImplementedError"
    assert names[7] == "SyntaxError"
    assert 8 in names
    assert [output.ename for output in cells.cells[1].outputs] == ["KernelDied"]


def test_a_call_that_ends_or_hangs_the_process_costs_only_itself():
    cells = notebook(
        "import os\ndef die(): os._exit(0)",
        "def hang():\n    while True: pass",
        "def fill():\n    return [bytearray(2**28) for _ in range(64)]",
        "def recurse(n=0): return recurse(n + 1)",
        "def leave(): raise SystemExit(0)",
        "def fine(): return 'fine'",
    )
    with Session(cells, limits=FAST) as session:
        with pytest.raises(ProcessDied):
            call(session, "die")
        assert call(session, "fine")["value"] == "fine"
        with pytest.raises(TimeUp):
            call(session, "hang", seconds=0.5)
        assert call(session, "fine")["value"] == "fine"
        assert call(session, "fill")["raised"]["type"] == "MemoryError"
        assert call(session, "recurse")["raised"]["type"] == "RecursionError"
        assert call(session, "leave")["raised"]["type"] == "SystemExit"
        assert call(session, "fine")["value"] == "fine"


def test_starting_a_new_process_is_not_on_the_students_time():
    cells = notebook("import os, time\ntime.sleep(2)", "def die(): os._exit(0)", "def fine(): return 1")
    with Session(cells, limits=FAST) as session:
        student = Student(session)
        student.begin(1.5)
        with pytest.raises(CheckFailed, match="ended the whole Python process"):
            student.die()
        student.begin(1.5)
        assert student.fine() == 1
        assert student.seconds > 0.5


def test_output_is_bounded():
    cells = notebook("for _ in range(200):\n    print('x' * 10_000)", "print('later')\ndef f(): return 1")
    with Session(cells, limits=FAST) as session:
        assert call(session, "f")["value"] == 1
    assert len(str(cells.cells[0].outputs)) < 2 * FAST.output_bytes
    assert "output cut here" in str(cells.cells[0].outputs)


def test_what_a_student_prints_while_being_graded_is_dropped():
    with Session(notebook("def f():\n    print('x' * 100)\n    return 1")) as session:
        assert call(session, "f")["value"] == 1


def test_unsendable_answers_arrive_as_names():
    cells = notebook(
        "class X: pass\ndef f(): return X()", "def g():\n    x = []\n    x.append(x)\n    return x"
    )
    with Session(cells) as session:
        assert call(session, "f")["value"] == wire.Handle(0, "X")
        assert isinstance(call(session, "g")["value"], wire.Opaque)


def test_forbidden_packages_cannot_be_imported():
    cells = notebook(
        "import torch",
        "import sys, importlib\nsys.meta_path.insert(0, sys.meta_path[-1])\nimportlib.import_module('torch')",
        "from grader import check\ncheck('convolution/conv2d')",
        "import numpy, matplotlib.pyplot",
    )
    with Session(cells, forbidden={"torch"}) as session:
        faults = session.faults
    assert "has to do without it" in faults[0].message
    assert "has to do without it" in faults[1].message
    assert "not available" in faults[2].message
    assert 3 not in faults


def test_the_process_knows_little_of_the_machine(monkeypatch):
    monkeypatch.setenv("COURSE_SECRET", "hunter2")
    cells = notebook("import os\ndef env(): return dict(os.environ)\ndef here(): return os.getcwd()")
    with Session(cells) as session:
        environment = call(session, "env")["value"]
        here = call(session, "here")["value"]
    assert "hunter2" not in str(environment)
    assert environment["HOME"] != os.environ.get("HOME")
    assert not Path(here).exists()  # gone with the session


def test_nothing_is_left_running():
    mark = f"6{os.getpid()}.25"  # seconds, and an argument that nothing else has
    cells = notebook(
        f"import subprocess\nsubprocess.Popen(['sleep', '{mark}'], start_new_session=True)\ndef f(): return 1"
    )
    with Session(cells):
        assert _running(mark)
    assert not _running(mark)


def test_forged_messages_are_a_fault_of_the_cell():
    forge = (
        "kernel = get_ipython().kernel\n"
        "for content in ({'data': 7}, {'data': {'a': [{}]}, 'metadata': 3}, {'name': 1, 'text': {}}):\n"
        "    for kind in ('display_data', 'execute_result', 'stream', 'error', 'comm_open'):\n"
        "        kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())\n"
    )
    cells = notebook("def f(): return 1", forge, "print('later')")
    with Session(cells, limits=FAST) as session:
        assert call(session, "f")["value"] == 1
    nbformat.validate(cells)
    assert cells.cells[2].outputs[0].text == "later\n"


def test_a_machine_that_cannot_start_a_process_is_named(monkeypatch):
    monkeypatch.setattr("sys.executable", "/bin/false")
    monkeypatch.setattr("grader.kernel.provisioner._warm", {})
    with (
        pytest.raises(CannotStart, match=r"cannot be run safely here.*grader doctor"),
        Session(notebook("x = 1")),
    ):
        pass
    with (
        pytest.raises(CannotStart, match="does not start"),
        Session(notebook("x = 1"), sandboxed=False),
    ):
        pass


def _running(mark: str) -> list[str]:
    """The processes with `mark` among their arguments."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if mark.encode() in path.read_bytes().split(b"\0"):
                found.append(path.parent.name)
    return found


def test_the_whole_notebook_has_a_limit():
    limits = Limits(notebook_seconds=8, cell_seconds=2)
    cells = notebook("def hang():\n    while True: pass", "while True: pass")
    with Session(cells, limits=limits) as session:
        for _ in range(2):
            with pytest.raises(TimeUp):
                call(session, "hang", seconds=600)


def test_endless_printing_costs_neither_time_nor_memory():
    """IPython keeps what is printed, and a client has to read it: a beginner's endless loop would end all."""
    cells = notebook(
        "import resource\nwhile True:\n    print('x' * 10_000)",
        "def memory():\n    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**10",
    )
    with Session(cells, forbidden={"torch"}, limits=Limits(cell_seconds=3, output_bytes=10_000)) as session:
        assert call(session, "memory")["value"] < 500
    assert session.faults[0].name == "TimeLimit"
    assert "output cut here" in cells.cells[0].outputs[0].text
    assert sum(len(str(output)) for output in cells.cells[0].outputs) < 20_000
