"""What a topic (one notebook) tells the engine about itself."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from grader.checking.mistakes import Mistake, collect

#: Packages that would solve the NumPy notebooks' exercises for the student.
NUMPY_ONLY = frozenset(
    "autograd bottleneck cupy cv2 dask imageio jax jaxlib keras mxnet numba numexpr onnxruntime paddle "
    "pandas polars scipy skimage sklearn sympy tensorflow theano tinygrad torch torchvision xarray".split()
)


class MissingGrader(Exception):
    """There is no grader for this exercise or topic: nothing can be graded, no points are given."""


@dataclass(frozen=True)
class Topic:
    """One notebook's exercises.

    name: of the notebook and of the folder with its graders.
    assignment: the folder in source/.
    exercises: for each exercise id, the names that its solution cell defines.
    forbidden: top-level packages that solutions may not import.
    """

    name: str
    assignment: str
    exercises: dict[str, tuple[str, ...]]
    forbidden: frozenset[str] = frozenset()

    @property
    def folder(self) -> Path:
        """Where the graders are."""
        module = importlib.import_module(f"grader.exercises.{self.name}")
        return Path(str(module.__file__)).parent

    def grader(self, exercise: str) -> Path:
        """The pytest module that grades `exercise`. Raises MissingGrader."""
        path = self.folder / f"test_{exercise}.py"
        if exercise not in self.exercises or not path.is_file():
            raise MissingGrader(f"there is no grader for {self.name}/{exercise}")
        return path

    @cached_property
    def mistakes(self) -> list[Mistake]:
        """The topic's mistakes, in the order in which they are tried."""
        return collect(importlib.import_module(f"grader.exercises.{self.name}.mistakes"))


def all_topics() -> list[Topic]:
    """All topics, in the order of their assignments."""
    exercises = importlib.import_module("grader.exercises")
    names = [module.name for module in pkgutil.iter_modules(exercises.__path__) if module.ispkg]
    return sorted(map(find_topic, names), key=lambda topic: topic.assignment)


def find_topic(name: str) -> Topic:
    """The topic of the notebook `name`. Raises MissingGrader."""
    if not name.isidentifier() or importlib.util.find_spec(f"grader.exercises.{name}") is None:
        raise MissingGrader(f"there are no graders for a notebook called {name!r}")
    return importlib.import_module(f"grader.exercises.{name}").TOPIC
