"""`grader autograde` on many machines (Dask) and with a gradebook for several instructors (PostgreSQL)."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import ROOT, hand_in
from crowd import copy_course, ended, files, finish, grade, grades, new_course, quick, start

pytestmark = pytest.mark.slow

SIZE = 8


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    """Submissions, not yet graded, in `course`, and graded by local workers in `graded`."""
    folder = tmp_path_factory.mktemp("undisturbed")
    course = new_course(folder / "course")
    for number in range(SIZE):
        hand_in(course, f"s{number}", quick(number))
    graded = copy_course(course, folder / "graded")
    done = grade(graded)
    assert (done.returncode, done.summary["recorded"]) == (0, SIZE)
    return folder


@pytest.fixture
def course(undisturbed, tmp_path) -> Path:
    return copy_course(undisturbed / "course", tmp_path / "course")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """A Dask scheduler and workers on loopback, each a process of its own as on many machines."""

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.folder = folder
        self.log = open(folder / "cluster.log", "w")  # noqa: SIM115
        self.scheduler = self._run("scheduler", "--host", self.address, "--dashboard-address", "127.0.0.1:0")
        self.workers = [self.add_worker() for _ in range(workers)]

    def add_worker(self) -> subprocess.Popen:
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0"]
        return self._run("worker", self.address, *options, "--local-directory", str(self.folder))

    def _run(self, *command: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + command[0], *command[1:]],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                process.kill()
            process.wait()
        self.log.close()


@pytest.fixture
def cluster(tmp_path):
    pytest.importorskip("distributed")
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.stop()


def begun(process: subprocess.Popen, course: Path) -> None:
    """Wait until results come in."""
    while not len(list((course / ".grader-cache").glob("??/*.json"))) >= 3:
        assert process.poll() is None, process.communicate()
        os.sched_yield()


def test_dask_with_a_worker_killed_on_the_way(course, undisturbed, cluster):
    with ended(start(course, "--dask", cluster.address)) as process:
        begun(process, course)
        cluster.workers[0].send_signal(signal.SIGKILL)
        done = finish(process)
    assert (done.returncode, done.summary["recorded"]) == (0, SIZE), done.said
    assert grades(course) == grades(undisturbed / "graded")
    assert files(course) == files(undisturbed / "graded")


def test_the_scheduler_goes_away(course, undisturbed, cluster):
    with ended(start(course, "--dask", cluster.address)) as process:
        begun(process, course)
        cluster.scheduler.kill()
        done = finish(process)
    assert done.returncode == 1
    assert done.summary["recorded"] + len(done.summary["not_graded"]) == SIZE
    assert done.summary["not_graded"]
    again = grade(course)  # on this machine
    assert (again.returncode, again.summary["recorded"]) == (0, len(done.summary["not_graded"]))
    assert grades(course) == grades(undisturbed / "graded")


def test_a_worker_with_other_graders_grades_nothing(course, undisturbed, tmp_path, cluster):
    package = tmp_path / "package"
    shutil.copytree(ROOT / "grader", package / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "source", package / "source")
    path = package / "grader" / "exercises" / "convolution" / "test_pooling.py"
    path.write_text(path.read_text() + "\n# changed\n")
    done = grade(course, "--student", "s0", "--dask", cluster.address, PACKAGE=str(package))
    assert done.returncode == 1
    assert "other graders, another engine or other packages" in done.summary["not_graded"]["s0"]


def test_no_scheduler_there(course):
    pytest.importorskip("distributed")
    done = grade(
        course,
        "--dask",
        f"tcp://127.0.0.1:{free_port()}",
        DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="2s",
    )
    assert done.returncode == 2
    assert "no Dask scheduler" in done.said


# PostgreSQL


def _postgres_program(name: str) -> str | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    path = os.pathsep.join([*map(str, reversed(folders)), os.environ.get("PATH", "")])
    return shutil.which(name, path=path)


@pytest.fixture
def short_folder():
    """A folder of its own that other accounts may look into; pytest closes its own ones to them."""
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.fixture
def postgres(short_folder):
    """The URL of an empty database of a server of our own, on loopback."""
    pytest.importorskip("psycopg")
    initdb, server = _postgres_program("initdb"), _postgres_program("postgres")
    if initdb is None or server is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    folder = short_folder
    account: dict = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to be root
        account = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        shutil.chown(folder, "nobody", "nogroup")
    data, port = folder / "data", free_port()
    options = ["--auth=trust", "--username=instructor", "--encoding=UTF8", "--no-sync"]
    made = subprocess.run(
        [initdb, *options, "-D", str(data)], capture_output=True, text=True, cwd=folder, **account
    )
    assert made.returncode == 0, made.stderr
    process = subprocess.Popen(
        [server, "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", str(folder), "-F"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        **account,
    )
    for line in process.stderr:
        if "ready to accept connections" in line:
            break
    else:
        pytest.fail("PostgreSQL does not start")
    yield f"postgresql+psycopg://instructor@127.0.0.1:{port}/postgres", process
    process.send_signal(signal.SIGINT)
    process.communicate()


@pytest.fixture
def shared(postgres, tmp_path) -> Path:
    """A course whose gradebook is on the server, with the same submissions."""
    url, _ = postgres
    folder = tmp_path / "shared"
    folder.mkdir()
    course = new_course(folder / "course", url)
    for number in range(SIZE):
        hand_in(course, f"s{number}", quick(number))
    return course


def test_a_gradebook_on_postgresql(shared, undisturbed, postgres):
    url, _ = postgres
    done = grade(shared)
    assert (done.returncode, done.summary["recorded"]) == (0, SIZE), done.said
    assert not (shared / "gradebook.db").exists()
    assert grades(shared, url) == grades(undisturbed / "graded")
    assert files(shared) == files(undisturbed / "graded")


def test_two_instructors_at_once(shared, undisturbed, postgres):
    url, _ = postgres
    with (
        ended(start(shared, "--workers", "1", "--student", "s[0-3]")) as one,
        ended(start(shared, "--workers", "1", "--student", "s[4-7]")) as other,
    ):
        first, second = finish(one), finish(other)
    assert (first.returncode, second.returncode) == (0, 0), first.said + second.said
    assert (first.summary["recorded"], second.summary["recorded"]) == (SIZE // 2, SIZE // 2)
    assert grades(shared, url) == grades(undisturbed / "graded")


def test_postgresql_goes_away(shared, undisturbed, postgres):
    _, server = postgres
    with ended(start(shared)) as process:
        begun(process, shared)
        server.send_signal(signal.SIGINT)  # a fast shutdown: connections are cut
        done = finish(process)
    assert done.returncode == 1
    assert done.summary["recorded"] + len(done.summary["not_graded"]) == SIZE
    assert done.summary["not_graded"]
    assert re.search("OperationalError|InterfaceError", str(done.summary["not_graded"]))


# Slurm, all of it on this machine

SLURM = """
ClusterName=test
SlurmctldHost=localhost
SlurmctldAddr=127.0.0.1
SlurmUser=root
SlurmctldPort={controller}
SlurmdPort={node}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
NodeName=localhost NodeAddr=127.0.0.1 CPUs={cores} RealMemory=6000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""

#: The recipe of docs/scaling.md, in small.
SLURM_CLUSTER = """
import sys
from dask_jobqueue import SLURMCluster
cluster = SLURMCluster(
    cores=1, processes=1, memory="2GB", walltime="00:30:00", interface="lo", python=sys.executable,
    log_directory=sys.argv[1], local_directory=sys.argv[1],
    scheduler_options={"dashboard_address": "127.0.0.1:0"},
)
cluster.scale(jobs=2)
print(cluster.scheduler_address, flush=True)
sys.stdin.readline()
cluster.close()
"""


@pytest.fixture
def slurm(short_folder):
    """The variables of a Slurm with one node, this machine; its folder for logs."""
    pytest.importorskip("dask_jobqueue")
    programs = ["munged", "slurmctld", "slurmd", "sbatch"]
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
    missing = [name for name in programs if shutil.which(name, path=path) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"takes root and Debian's slurmd, slurmctld, slurm-client and munge; missing: {missing}")
    folder = short_folder
    for name in ("state", "spool"):
        (folder / name).mkdir()
    (folder / "key").write_bytes(os.urandom(1024))
    (folder / "key").chmod(0o400)
    settings = SLURM.format(
        folder=folder, controller=free_port(), node=free_port(), cores=len(os.sched_getaffinity(0))
    )
    (folder / "slurm.conf").write_text(settings)
    variables = {"SLURM_CONF": str(folder / "slurm.conf")}
    munge = {"key-file": "key", "socket": "munge.socket", "pid-file": "munged.pid", "seed-file": "seed"}
    commands = [
        ["munged", "--foreground", "--force", *(f"--{name}={folder / file}" for name, file in munge.items())],
        ["slurmctld", "-D"],
        ["slurmd", "-D", "-N", "localhost"],
    ]
    with open(folder / "log", "w") as log:
        processes = [
            subprocess.Popen(
                [shutil.which(command[0], path=path), *command[1:]],
                env={**os.environ, **variables},
                stdout=log,
                stderr=log,
            )
            for command in commands
        ]
        yield variables, folder
        for process in reversed(processes):
            process.terminate()
            process.wait()


def test_slurm(course, undisturbed, slurm):
    variables, folder = slurm
    cluster = subprocess.Popen(
        [sys.executable, "-c", SLURM_CLUSTER, str(folder / "spool")],
        cwd=folder,
        env={**os.environ, **variables, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = cluster.stdout.readline().strip()
        done = grade(course, "--dask", address)
    finally:
        cluster.communicate("\n", timeout=60)
    assert (done.returncode, done.summary["recorded"]) == (0, SIZE), done.said
    assert grades(course) == grades(undisturbed / "graded")
    assert files(course) == files(undisturbed / "graded")
