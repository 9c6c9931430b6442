"""The sandbox: its layers hold, as root and as an ordinary user, and nothing is graded without them."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

import nbformat
import pytest
from conftest import BIN, ROOT, solved
from nbclient import NotebookClient
from test_session import call, notebook

from grader.checking.run import grade
from grader.checking.submission import open_run
from grader.checking.topic import find_topic
from grader.kernel import provisioner, sandbox, warm
from grader.kernel.faults import CannotStart, Limits, ProcessDied
from grader.kernel.session import Session
from grader.measure import doctor

EITHER_WAY = pytest.mark.parametrize("namespaces", [True, False], ids=["namespaces", "no namespaces"])
NUMPY = {"torch"}  # forbidden: the warm process that starts fastest


@EITHER_WAY
def test_attempts_to_break_out_are_stopped(namespaces):
    assert [(what, problem) for _, what, problem in doctor.examine(namespaces) if problem] == []


def test_without_a_sandbox_they_would_succeed(monkeypatch):
    def plain(*arguments, namespaces, **options):
        return Session(*arguments, sandboxed=False, **options)

    monkeypatch.setattr(doctor, "Session", plain)
    harmless = {"read a file of yours", "connect to a server", "signal the grading process"}
    monkeypatch.setattr(doctor, "ATTEMPTS", [each for each in doctor.ATTEMPTS if each[1] in harmless])
    assert {what for _, what, problem in doctor.examine() if problem} == harmless


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes an ordinary user, which only root can")
def test_an_ordinary_user_can_grade():
    """`grader doctor` as another user, to whom root's home is opened if this Python is in there."""
    home, base = Path.home(), sys.base_prefix
    private = f"mount -t tmpfs none {home}; mkdir -p {base}; mount -c --bind /proc/self/fd/9 {base};"
    opened = private if base.startswith(f"{home}/") else ""
    script = (
        f"exec 9<{base}; {opened} exec setpriv --reuid 1000 --regid 1000 --clear-groups "
        f"env HOME=/tmp USER=somebody {sys.executable} -m grader doctor"
    )
    done = subprocess.run(
        ["unshare", "--mount", "bash", "-c", script], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("stopped") == 2 * len(doctor.ATTEMPTS)


@pytest.mark.parametrize("layer", ["landlock_version", "has_seccomp"])
def test_a_missing_layer_is_named(monkeypatch, layer):
    monkeypatch.setattr(sandbox, layer, lambda: 0)
    options = argparse.Namespace(without_torch=True, gpu=False, no_namespaces=False, folder="")
    with pytest.raises(sandbox.Missing, match=r"Landlock|seccomp"):
        warm._prepare(options)


def test_other_systems_are_refused(monkeypatch):
    monkeypatch.setattr(provisioner, "_warm", {})
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(CannotStart, match="needs Linux"):
        provisioner.warm_process(torch=False, gpu=False)


@EITHER_WAY
def test_what_all_processes_use_together_is_limited(namespaces):
    cells = notebook(
        "import subprocess, sys\n"
        "def together():\n"
        "    hog = 'x = bytearray(300 * 2**20); input()'\n"
        "    start = lambda: subprocess.Popen([sys.executable, '-c', hog], stdin=subprocess.PIPE)\n"
        "    return [each.wait() for each in [start() for _ in range(3)]]\n"
        "def write():\n"
        "    for number in range(10**6):\n"
        "        with open(f'{number}', 'wb') as file:\n"
        "            file.write(bytes(2**20))\n"
    )
    limits = Limits(memory_bytes=600 * 2**20, scratch_bytes=20 * 2**20)
    with Session(cells, forbidden=NUMPY, limits=limits, namespaces=namespaces) as session:
        with pytest.raises(ProcessDied, match="more than 600 MiB of memory"):
            call(session, "together", seconds=60)
        if namespaces:
            assert "No space left" in call(session, "write", seconds=60)["raised"]["message"]
        else:
            with pytest.raises(ProcessDied, match="more than 20 MiB of files"):
                call(session, "write", seconds=60)


def test_the_last_words_about_a_session_are_heard():
    """Also if its guard ends before it reads what it was told."""
    ours, guards = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    session = provisioner.WarmProvisioner()
    session._control = ours
    ours.send(provisioner.INTERRUPT)
    guards.send(json.dumps({provisioner.ENDED: "too much"}).encode())
    guards.close()
    session.end()
    assert session.why == "too much"


def test_a_cell_that_exceeds_a_limit_is_told_which():
    cells = notebook("import os\nwhile True: os.fork()", "x = 1\ndef f(): return x")
    with Session(cells, forbidden=NUMPY, limits=Limits(cell_seconds=20, processes=40)) as session:
        assert call(session, "f")["value"] == 1
    assert session.faults[0].name in ("KernelDied", "BlockingIOError")


def test_nothing_reaches_the_next_session():
    leave = (
        "import os, string, sys, numpy as np\n"
        "string.digits = np.linalg.norm = None\n"
        "np.set_printoptions(precision=1)\n"
        "sys.modules['left'] = sys\n"
        "os.environ['LEFT'] = 'behind'\n"
        "for folder in ('/tmp', '/dev/shm', os.environ['HOME'], '.'):\n"
        "    open(f'{folder}/left', 'w').write('behind')\n"
    )
    look = (
        "import os, string, sys, numpy as np\n"
        "def found():\n"
        "    places = ['/tmp', '/dev/shm', os.environ['HOME'], '.']\n"
        "    files = [p for p in places if os.path.exists(f'{p}/left')]\n"
        "    precision = np.get_printoptions()['precision']\n"
        "    patched = [string.digits is None, np.linalg.norm is None]\n"
        "    return [*patched, 'left' in sys.modules, 'LEFT' in os.environ, files, precision]"
    )
    with Session(notebook(leave), forbidden=NUMPY) as session:
        assert session.faults == {}
    with Session(notebook(look), forbidden=NUMPY) as session:
        assert call(session, "found")["value"] == [False, False, False, False, [], 8]


def test_random_numbers_are_each_sessions_own():
    cells = "import numpy as np\ndef f(): return float(np.random.rand())"
    drawn = set()
    for _ in range(2):
        with Session(notebook(cells), forbidden=NUMPY) as session:
            drawn.add(call(session, "f")["value"])
    assert len(drawn) == 2


def test_a_warm_process_that_is_killed_costs_nothing():
    topic = find_topic("convolution")
    pids = []
    for _ in range(2):
        with open_run(solved("convolution"), topic) as run:
            process = provisioner.warm_process(torch=False, gpu=False).process
            pids.append(process.pid)
            process.send_signal(signal.SIGKILL)
            process.wait()
            results = grade(run, list(topic.exercises))
        assert sum(result.score for result in results.values()) == 20
    assert pids[0] != pids[1]


def test_the_kernelspec_serves_nbclient_and_nbval(tmp_path):
    (tmp_path / "data.txt").write_text("beside the notebook")
    cells = notebook("import os\nopen('data.txt').read()", "os.path.exists('/etc/passwd')")
    for cell, text in zip(cells.cells, ("'beside the notebook'", "False"), strict=True):
        output = nbformat.v4.new_output("execute_result", {"text/plain": text}, execution_count=1)
        cell.outputs, cell.execution_count = [output], 1
    nbformat.write(cells, tmp_path / "n.ipynb")
    run = NotebookClient(
        nbformat.read(tmp_path / "n.ipynb", as_version=4),
        kernel_name="grader-sandbox",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    done = run.execute()
    assert [cell.outputs[0].data["text/plain"] for cell in done.cells] == ["'beside the notebook'", "False"]
    by_nbval = subprocess.run(
        [BIN / "pytest", "--nbval", "--nbval-kernel-name", "grader-sandbox", "n.ipynb", "-q"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert by_nbval.returncode == 0, by_nbval.stdout
    assert "2 passed" in by_nbval.stdout


@EITHER_WAY
def test_an_environment_in_tmp_will_do(namespaces):
    """Of which a session has one of its own."""
    cell = (
        "import os, in_tmp\n"
        f"if {namespaces}: open('/tmp/mine', 'w')\n"
        "try: open(in_tmp.__file__, 'a')\n"
        "except OSError: pass\n"
        "else: raise AssertionError('the environment can be written to')\n"
    )
    code = (
        "import sys\n"
        "from nbformat.v4 import new_code_cell, new_notebook\n"
        "from grader.kernel.session import Session\n"
        f"cells = new_notebook(cells=[new_code_cell({cell!r})])\n"
        f"with Session(cells, forbidden={NUMPY}, namespaces={namespaces}) as session:\n"
        "    assert session.faults == {}, session.faults\n"
        "    assert sys.prefix.startswith('/tmp/')\n"
    )
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        venv.create(f"{folder}/env")
        (packages,) = Path(folder).glob("env/lib/python*/*")
        (packages / "in_tmp.py").touch()
        here = [str(ROOT), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
        (packages / "others.pth").write_text("\n".join(here))
        done = subprocess.run([f"{folder}/env/bin/python", "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert not Path("/tmp/mine").exists()


def test_no_graders_in_what_can_be_seen(tmp_path):
    """Wherever the package is installed, its graders are left out of what student code may read."""
    package = tmp_path / "lib" / "grader"
    shutil.copytree(ROOT / "grader" / "kernel", package / "kernel")
    (package / "exercises").mkdir()
    (package / "__init__.py").touch()
    (tmp_path / "lib" / "numpy").mkdir()
    seen = sandbox._without(str(tmp_path), [str(package / "exercises")])
    assert str(tmp_path / "lib" / "numpy") in seen
    assert not any(Path(path) in [package, *package.parents, package / "exercises"] for path in seen)
