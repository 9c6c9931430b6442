"""The hostile suite: reads attacks from their files, makes a class of them, grades it, and judges.

An attack is one Python file in a folder named after its group. Its docstring says what it tries (first line)
and, in its last paragraph, what must come of it, as `key: value` lines:

    loses: conv2d        exercises that get no points, or `all`; without it, full points are deserved
    says: A | B          one of these must stand in the log or in the autograded notebook's outputs
    base: stub           the rest of the notebook is as released; without it, solved
    topic: cnn           the notebook; without it, convolution
    refused: yes         nothing of the submission is opened
    stock: run           also harmless without a sandbox; see `python -m tests.hostile`

The file's code is a student's: it takes the place of the solution that it defines, or stands in a cell of its
own before the first exercise. `attacker.py` is put in front. A file that defines `edit(document)` or
`add(folder)` works on the submission instead: on the notebook's JSON in place (or returns other text or
bytes for the file), or on the folder that is handed in. `# %% next` starts what the next student's notebook
looks for. An attack that works raises or prints `Success`; what it leaves anywhere is named LEFTOVER.
"""

from __future__ import annotations

import ast
import contextlib
import ctypes
import hashlib
import json
import os
import pwd
import re
import resource
import secrets
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry

from grader.checking.topic import find_topic
from tests.conftest import BIN, CONTRACT, ROOT, STRICT, TOPICS, hand_in, make_course, read, solved

HERE = Path(__file__).parent
ATTACKS = ("stealing", "forging", "exhausting", "escaping", "crosstalk", "malformed")
GROUPS = (*ATTACKS, "honest")
KEYS = {"loses", "says", "base", "topic", "refused", "stock"}
SUCCEEDED = "SUCCEEDED: "
NEXT = "# %% next\n"
RUN_SECONDS = 1800  # a run that takes longer hangs
PEAK_BYTES = 3 * 2**30  # of any process of a run; about 1 GiB is what they need

#: Small limits, so that endless loops end soon.
LIMITS = """
c.GradeNotebook.notebook_seconds = 30
c.GradeNotebook.cell_seconds = 5
c.GradeNotebook.check_seconds = 2
c.GradeNotebook.memory_bytes = 2**30
c.GradeNotebook.processes = 64
c.GradeNotebook.scratch_bytes = 2**26
"""

#: nbgrader as it comes, with the same checks in the student's kernel.
STOCK = """
c = get_config()
c.CourseDirectory.course_id = "stock"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
c.ExecutePreprocessor.timeout = 30
"""


@dataclass(frozen=True)
class Attack:
    """One file of the suite; `number` is its place in its group."""

    number: int
    group: str
    name: str
    title: str
    code: str
    loses: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    base: str = "solved"
    topic: str = "convolution"
    refused: bool = False
    stock: bool = False

    @property
    def deserves(self) -> float:
        """The points of the honest part."""
        points = CONTRACT[self.topic]
        return sum(value for exercise, value in points.items() if exercise not in self.loses)

    @cached_property
    def works_on_files(self) -> bool:
        """Whether the file changes the submission rather than being a part of it."""
        return bool({"edit", "add"} & set(_defined(self.code)))

    @property
    def student(self) -> str:
        """Who hands it in: nbgrader grades in the order of names."""
        return f"{self.group}-{self.number:03}a-{self.name}"

    @property
    def next_student(self) -> str:
        """An honest student, who is graded next."""
        return f"{self.group}-{self.number:03}b-neighbour"

    def __str__(self) -> str:
        return f"{self.group}/{self.name}"


def read_attack(path: Path, number: int = 1) -> Attack:
    """Raises ValueError for a header that is not of the form."""
    text = path.read_text()
    docstring = ast.get_docstring(ast.parse(text))
    if not docstring:
        raise ValueError(f"{path}: no docstring")
    title, *rest = docstring.split("\n\n")
    header = dict(line.partition(": ")[::2] for line in rest[-1].splitlines()) if rest else {}
    if not set(header) <= KEYS or not all(header.values()) or "\n" in title:
        raise ValueError(f"{path}: a title, then, after an empty line, lines of `key: value` with {KEYS}")
    topic = header.get("topic", "convolution")
    loses = tuple(header.get("loses", "").replace(",", " ").split())
    loses = tuple(CONTRACT[topic]) if loses == ("all",) else loses
    base = header.get("base", "solved")
    if set(loses) - set(CONTRACT[topic]) or base not in ("solved", "stub"):
        raise ValueError(f"{path}: unknown exercises or base")
    if base == "stub" and set(loses) != set(CONTRACT[topic]):
        raise ValueError(f"{path}: a stub loses all")
    return Attack(
        number=number,
        group=path.parent.name,
        name=path.stem,
        title=title.rstrip("."),
        code=text.partition('"""\n')[2].strip() + "\n",
        loses=loses,
        says=tuple(header.get("says", "").split(" | ")) if "says" in header else (),
        base=base,
        topic=topic,
        refused=header.get("refused") == "yes",
        stock=header.get("stock") == "run",
    )


def read_group(group: str) -> list[Attack]:
    """The attacks of a group, by name."""
    paths = sorted((HERE / group).glob("*.py"))
    return [read_attack(path, number) for number, path in enumerate(paths, start=1)]


def _defined(code: str) -> list[str]:
    """The functions and names that a cell defines at its top level."""
    names = []
    for node in ast.parse(code).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return names


@dataclass
class World:
    """What is around a run: secrets to steal, things to damage, and ears that hear."""

    folder: Path
    token: str = field(default_factory=lambda: secrets.token_hex(4))
    heard: list[str] = field(default_factory=list)

    @property
    def canary(self) -> str:
        """What every secret begins with."""
        return f"canary-{self.token}"

    @property
    def secrets(self) -> list[str]:
        """No output may hold one of these."""
        return [self.canary, "Grader of convolution/", "Mistakes in convolution/"]

    @property
    def course(self) -> Path:
        return self.folder / "course"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def facts(self, attack: Attack) -> str:
        """The attacker's knowledge, as code."""
        known = {
            "COURSE": str(self.course),
            "REPOSITORY": str(ROOT),
            "HOME": str(self.home),
            "LEFTOVER": self.leftover(attack),
            "VICTIM": self.victim.pid,
            "TCP": self.tcp,
            "UDP": self.udp,
            "SOCKET": self.socket_path,
            "ABSTRACT": f"\0hostile-{self.token}",
            "DATAGRAM": f"\0hostile-{self.token}-datagram",
            "SHARED": self.shared_key,
        }
        return "\n".join(f"{name} = {value!r}" for name, value in known.items())

    def leftover(self, attack: Attack) -> str:
        return f"leftover-{self.token}-{attack.group}-{attack.name}"

    @contextlib.contextmanager
    def open(self) -> Iterator[World]:
        """Start the listeners and the victim; afterwards nothing of them is left."""
        self.course.mkdir()
        (self.home / ".ssh").mkdir(parents=True)
        (self.home / ".ssh" / "id_ed25519").write_text(f"{self.canary}-key\n")
        (self.home / ".bashrc").write_text(f"# {self.canary}-shell\n")
        (self.folder / "tmp").mkdir()
        (self.folder / "matplotlib").mkdir()
        for fonts in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
            shutil.copy(fonts, self.folder / "matplotlib")  # finding all fonts takes seconds
        with contextlib.ExitStack() as stack:
            self._listen(stack)
            self._share(stack)
            environment = {"SECRET": f"{self.canary}-environment"}
            self.victim = subprocess.Popen(["sleep", "3600"], env=environment, cwd=self.course)
            stack.callback(self.victim.wait)
            stack.callback(self.victim.kill)
            yield self

    def _listen(self, stack: contextlib.ExitStack) -> None:
        selector = stack.enter_context(selectors.DefaultSelector())

        def listen(family: int, kind: int, address: Any, name: str) -> socket.socket:
            listener = stack.enter_context(socket.socket(family, kind))
            listener.bind(address)
            if kind == socket.SOCK_STREAM:
                listener.listen()
            selector.register(listener, selectors.EVENT_READ, name)
            return listener

        self.socket_path = tempfile.mktemp(prefix=f"hostile-{self.token}-", suffix=".socket")
        stack.callback(Path(self.socket_path).unlink, missing_ok=True)
        stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
        self.tcp = listen(socket.AF_INET, stream, ("127.0.0.1", 0), "TCP").getsockname()[1]
        self.udp = listen(socket.AF_INET, datagram, ("127.0.0.1", 0), "UDP").getsockname()[1]
        listen(socket.AF_UNIX, stream, self.socket_path, "unix socket")
        listen(socket.AF_UNIX, stream, f"\0hostile-{self.token}", "abstract socket")
        listen(socket.AF_UNIX, datagram, f"\0hostile-{self.token}-datagram", "abstract datagram socket")
        stop, stopped = socket.socketpair()
        selector.register(stopped, selectors.EVENT_READ, None)

        def hear() -> None:
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    if key.fileobj.type == stream:
                        connection, _ = key.fileobj.accept()
                        with connection:
                            connection.settimeout(5)
                            with contextlib.suppress(OSError):
                                connection.sendall(f"{self.canary}-listener".encode())
                            self.heard.append(f"a connection to the {key.data}")
                    else:
                        said = key.fileobj.recv(1000).decode(errors="replace")
                        self.heard.append(f"a datagram to the {key.data}: {said}")

        thread = threading.Thread(target=hear, daemon=True)
        thread.start()
        stack.callback(stopped.close)
        stack.callback(stop.close)
        stack.callback(thread.join)
        stack.callback(stop.send, b"x")

    def _share(self, stack: contextlib.ExitStack) -> None:
        """System V and POSIX shared memory with a secret in it."""
        shm = Path("/dev/shm") / f"hostile-{self.token}"
        shm.write_text(f"{self.canary}-shm")
        stack.callback(shm.unlink, missing_ok=True)
        libc = ctypes.CDLL(None, use_errno=True)
        libc.shmat.restype = ctypes.c_void_p
        self.shared_key = int(self.token, 16) & 0x7FFFFFFF or 1
        segment = libc.shmget(self.shared_key, 4096, 0o1666)
        assert segment >= 0, os.strerror(ctypes.get_errno())
        stack.callback(libc.shmctl, segment, 0, None)  # IPC_RMID
        secret = f"{self.canary}-segment".encode()
        address = libc.shmat(segment, None, 0)
        ctypes.memmove(address, secret, len(secret))
        libc.shmdt(ctypes.c_void_p(address))

    def make_course(self, topics: list[str], stock: bool = False) -> None:
        """The course with its assignments, and a secret in each corner of it."""
        settings = LIMITS + f'\nimport grader.exercises\ngrader.exercises.CANARY = "canary-" "{self.token}-memory"\n'
        make_course(self.course, *topics, settings=settings, prepare=lambda: self._mark_masters(stock))
        if stock:
            (self.course / "nbgrader_config.py").write_text(STOCK)
        with (self.course / "nbgrader_config.py").open("a") as config:
            config.write(f"# {self.canary}-configuration\n")
        with Gradebook(f"sqlite:///{self.course / 'gradebook.db'}") as gradebook:
            gradebook.add_student("000-sibling", last_name=f"{self.canary}-gradebook")
        for topic in topics:
            sibling = solved(topic)
            sibling.cells.append(nbformat.v4.new_markdown_cell(f"{self.canary}-sibling"))
            hand_in(self.course, "000-sibling", sibling, topic)

    def _mark_masters(self, stock: bool) -> None:
        # Stock nbgrader leaves hidden tests in the notebook that an instructor sees.
        markers = ("### BEGIN SOLUTION",) if stock else ("### BEGIN SOLUTION", "### BEGIN HIDDEN TESTS")
        for path in (self.course / "source").glob("*/*.ipynb"):
            text = path.read_text()
            for marker in markers:
                assert marker in text
                text = text.replace(marker, f"{marker}  # {self.canary}-master")
            path.write_text(text)

    def hand_in(self, attack: Attack, neighbour: bool = True) -> None:
        """The attack's submission, and an honest one that is graded after it."""
        mine, _, theirs = attack.code.partition(NEXT)
        document = solved(attack.topic) if attack.base == "solved" else read("release", attack.topic)
        if attack.works_on_files:
            self._hand_in_edited(attack, document)
        else:
            place_code(document, f"{self.facts(attack)}\n{tools()}", mine, attack.topic)
            hand_in(self.course, attack.student, document, attack.topic)
        if neighbour:
            honest = solved(attack.topic)
            if theirs:
                place_code(honest, f"{self.facts(attack)}\n{tools()}", theirs, attack.topic)
            hand_in(self.course, attack.next_student, honest, attack.topic)

    def _hand_in_edited(self, attack: Attack, document: NotebookNode) -> None:
        space: dict[str, Any] = {"COURSE": str(self.course), "helpers": HELPERS}
        exec(compile(attack.code, f"{attack}.py", "exec"), space)
        notebook: Any = json.loads(nbformat.writes(document))
        if "edit" in space:
            changed = space["edit"](notebook)
            notebook = notebook if changed is None else changed
        if not isinstance(notebook, (str, bytes)):
            notebook = json.dumps(notebook)
        folder = hand_in(self.course, attack.student, notebook, attack.topic)
        if "add" in space:
            space["add"](folder)

    def autograde(self, topics: list[str], *options: str, **variables: str) -> Run:
        """The real `nbgrader autograde`, with everything around it watched."""
        environment = {name: value for name, value in os.environ.items() if name != STRICT}
        environment |= {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "TMPDIR": str(self.folder / "tmp"),
            "MPLCONFIGDIR": str(self.folder / "matplotlib"),
            "COURSE_SECRET": f"{self.canary}-environment",
            **variables,
        }
        before, own = self.snapshot(), _children()
        log, codes, start = "", [], time.monotonic()
        with _adopting_orphans():
            for topic in topics:
                command = [sys.executable, "-m", "nbgrader", "autograde", TOPICS[topic], *options]
                done = subprocess.run(
                    command,
                    cwd=self.course,
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=RUN_SECONDS,
                    stdin=subprocess.DEVNULL,
                    errors="replace",
                )
                log += done.stdout + done.stderr
                codes.append(done.returncode)
            seconds = time.monotonic() - start
            left_running = _end_children(own)
        changed = _differences(before, self.snapshot())
        run = Run(self, log, codes, seconds, left_running, changed, self.leftovers())
        run.traces = _traces(run)
        return run

    def snapshot(self) -> dict[str, tuple]:
        """The state of whatever no submission may change: mode, owner, and for the course the content."""
        state = {}
        for folder in (self.course, self.home):
            for path in [folder, *folder.rglob("*")]:
                inside = path.relative_to(folder).parts
                if folder == self.course and (not inside or inside[0] in ("autograded", "gradebook.db", ".grader-cache")):
                    continue
                if folder == self.home and inside and inside[0] not in (".ssh", ".bashrc"):
                    continue  # Jupyter keeps house there
                status = path.lstat()
                content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
                state[str(path)] = (status.st_mode, status.st_uid, path.is_file() and status.st_nlink, content)
        for path in ROOT.glob("grader/**/*.py"):
            status = path.lstat()
            state[str(path)] = (status.st_mode, status.st_uid, status.st_size, status.st_mtime_ns)
        return state

    def leftovers(self) -> list[str]:
        """Files that attacks left behind, wherever they may have tried to; they are removed."""
        top = [Path(folder) for folder in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", "/")]
        top += [Path(pwd.getpwuid(os.getuid()).pw_dir), Path(sysconfig.get_path("purelib")), ROOT]
        deep = [self.folder, ROOT / "grader", ROOT / "source", ROOT / "submitted", ROOT / "tests"]
        found = {str(path) for folder in top for path in folder.glob("*leftover-*")}
        found |= {str(path) for folder in deep for path in folder.rglob("*leftover-*")}
        found = {path for path in found if self.token in path}
        for path in found:
            with contextlib.suppress(OSError):
                os.unlink(path)
        libc = ctypes.CDLL(None)
        for kind, remove in ((libc.shmget, libc.shmctl), (libc.msgget, libc.msgctl)):
            arguments = (4096, 0) if kind is libc.shmget else (0,)
            number = kind(self.shared_key + 1, *arguments)
            if number >= 0:
                remove(number, 0, None)  # IPC_RMID
                found.add("System V memory or messages with the next key")
        return sorted(found)


@dataclass
class Run:
    """One class, graded.

    traces: of the run as a whole, which cannot always be laid to one attack.
    """

    world: World
    log: str
    codes: list[int]
    seconds: float
    left_running: list[str]
    changed: list[str]
    left_behind: list[str]
    traces: list[str] = field(default_factory=list)

    def score(self, student: str, topic: str) -> float | None:
        """The points of a submission; None if it was not graded."""
        with Gradebook(f"sqlite:///{self.world.course / 'gradebook.db'}") as gradebook:
            try:
                return gradebook.find_submission(TOPICS[topic], student).score
            except MissingEntry:
                return None

    def notebook(self, student: str, topic: str) -> NotebookNode | None:
        """The autograded notebook, if there is one."""
        path = self.world.course / "autograded" / student / TOPICS[topic] / f"{topic}.ipynb"
        return nbformat.read(path, as_version=4) if path.is_file() else None

    def said(self, student: str, topic: str) -> str:
        """All that a run says about a submission: its lines in the log, notes and outputs."""
        lines = [line for line in self.log.splitlines() if f"'{student}'" in line or f"/{student}/" in line]
        notebook = self.notebook(student, topic)
        cells = [] if notebook is None else notebook.cells
        outputs = [json.dumps(cell.outputs, ensure_ascii=False) for cell in cells if cell.cell_type == "code"]
        notes = [cell.source for cell in cells[:1] if cell.cell_type == "markdown"]
        return "\n".join([*lines, *notes, *outputs])

    def secrets_in(self, student: str, topic: str) -> list[str]:
        """Secrets anywhere in the notebook that the student gets back, or in the feedback made of it."""
        folders = [self.world.course / name / student / TOPICS[topic] for name in ("autograded", "feedback")]
        texts = [path.read_text(errors="replace") for folder in folders for path in folder.rglob("*.*")]
        text = "\n".join([*texts, self.said(student, topic)])
        return [secret for secret in self.world.secrets if secret in text]


def judge(attack: Attack, run: Run) -> list[str]:
    """What is not as the attack's header demands; empty if all is well."""
    student = attack.student
    score, said = run.score(student, attack.topic), run.said(student, attack.topic)
    problems = []
    if score != attack.deserves:
        problems.append(f"{score} points instead of {attack.deserves:g}")
    if SUCCEEDED in said:
        problems.append(said[said.index(SUCCEEDED) :][:300])
    problems += [f"a secret in the output: {secret}" for secret in run.secrets_in(student, attack.topic)]
    if attack.says and not any(words in said for words in attack.says):
        problems.append(f"it does not say {' | '.join(attack.says)!r}, but {_errors(said)}")
    if attack.refused and run.notebook(student, attack.topic) is not None:
        problems.append("it was not refused")
    leftover = run.world.leftover(attack)
    problems += [f"left behind: {path}" for path in run.left_behind if leftover in path]
    problems += [f"heard outside: {what}" for what in run.world.heard if leftover in what]
    return problems


def judge_neighbour(attack: Attack, run: Run) -> list[str]:
    """What the student who came next suffered."""
    score = run.score(attack.next_student, attack.topic)
    said = run.said(attack.next_student, attack.topic)
    problems = []
    full = sum(CONTRACT[attack.topic].values())
    if score != full:
        problems.append(f"the next student has {score} points instead of {full:g}: {_errors(said)}")
    if SUCCEEDED in said:
        problems.append(said[said.index(SUCCEEDED) :][:300])
    return problems


def _traces(run: Run) -> list[str]:
    problems = [f"still running: {process}" for process in run.left_running]
    problems += [f"changed: {path}" for path in run.changed]
    peak = 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if peak > PEAK_BYTES:
        problems.append(f"a process took {peak / 2**30:.1f} GiB of memory")
    problems += [f"heard outside: {what}" for what in run.world.heard]
    if run.world.victim.poll() is not None:
        problems.append("a process outside was ended")
    elif _state(run.world.victim.pid) == "T":
        problems.append("a process outside was stopped")
    problems += [f"left behind: {path}" for path in run.left_behind]
    # torch, in the grading process, makes itself an empty folder there.
    left = [path for path in (run.world.folder / "tmp").rglob("*") if path.name != f"torchinductor_{_user()}"]
    return problems + [f"left in the folder for temporary files: {path}" for path in left]


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def place_code(notebook: NotebookNode, tools: str, code: str, topic: str) -> None:
    """Put an attack's code where it belongs; see the module."""
    owner = {name: exercise for exercise, names in find_topic(topic).exercises.items() for name in names}
    exercise = next((owner[name] for name in _defined(code) if name in owner), None)
    solutions = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
    ]
    if exercise is None:
        place = notebook.cells.index(solutions[0])
        notebook.cells.insert(place, nbformat.v4.new_code_cell(code))
    else:
        (cell,) = (cell for cell in solutions if cell.metadata.nbgrader.grade_id == exercise)
        cell.source = code
    notebook.cells.insert(0, nbformat.v4.new_code_cell(tools))


def tools() -> str:
    """The attacker's tools, as code."""
    return (HERE / "attacker.py").read_text()


def meta(cell: dict[str, Any]) -> dict[str, Any]:
    """The nbgrader metadata of a cell."""
    return cell["metadata"].get("nbgrader", {})


def by_id(document: dict[str, Any], grade_id: str) -> dict[str, Any]:
    """A cell by its grade id."""
    return next(cell for cell in document["cells"] if meta(cell).get("grade_id") == grade_id)


def stub_of(grade_id: str, topic: str = "convolution") -> str:
    """An exercise's text as released."""
    return by_id(read("release", topic), grade_id)["source"]


#: What `edit` and `add` may use, as `helpers.by_id(document, "conv2d")`.
HELPERS = SimpleNamespace(meta=meta, by_id=by_id, stub_of=stub_of)


def _errors(said: str) -> str:
    found = re.findall(r'"evalue": "([^"]{0,150})|raised ([^"]{0,150})', said)
    return "; ".join(a or b for a, b in found[:5]) or said[:300]


def _differences(before: dict[str, tuple], after: dict[str, tuple]) -> list[str]:
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _children() -> set[int]:
    children = set()
    for task in Path("/proc/self/task").iterdir():
        children |= set(map(int, (task / "children").read_text().split()))
    return children


@contextlib.contextmanager
def _adopting_orphans() -> Iterator[None]:
    """Processes whose parents end become children of this one: none can hide."""
    set_child_subreaper = 36
    libc = ctypes.CDLL(None)
    libc.prctl(set_child_subreaper, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(set_child_subreaper, 0, 0, 0, 0)


def _end_children(own: set[int]) -> list[str]:
    """End what a run left running, and say what it was."""
    found = []
    while orphans := _children() - own:
        for pid in orphans:
            if _state(pid) != "Z":
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found.append(f"{pid}: {command[:200]}")
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return found


def grade_class(attacks: list[Attack], folder: Path) -> Run:
    """Grade these attacks as one class, each followed by an honest student."""
    topics = sorted({attack.topic for attack in attacks}, key=list(TOPICS).index)
    with World(folder).open() as world:
        world.make_course(topics)
        for attack in attacks:
            world.hand_in(attack)
        return world.autograde(topics)
