"""Thresholds for trained models: measured with the master solutions, never guessed.

A topic's `trials.py` has `TRIALS`: a `Trial` for each exercise that is graded by what a training achieves.
`grader calibrate` runs them over many seeds and writes the figures to calibration.json, beside the graders.
The check itself runs the same trial once, with `SEED`.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from grader.checking.student import Student

SEED: Final = 1000  # of the graders' own trial; calibration uses 0, 1, 2, …
CHANCE: Final = 1 / 1000  # that a right solution falls below the threshold, at most
FILE: Final = Path(__file__).parents[1] / "exercises" / "calibration.json"


class NotCalibrated(Exception):
    """There is no threshold, or the measurements do not allow one."""


Measure = Callable[[Student, int, str], float]


@dataclass(frozen=True)
class Trial:
    """What is measured for one exercise; higher is better.

    what: the figure, in words: "accuracy on 600 unseen images".
    measure: (student, seed, device) → what the student's solution achieves. The check calls it, too.
    baseline: the same for what is achieved without what the exercise asks for: chance, or the same network
        trained from scratch. Run for the calibration only.
    """

    what: str
    measure: Measure
    baseline: Measure


@dataclass(frozen=True)
class Calibration:
    """What the master solution achieved in `len(values)` trials.

    threshold: the next trial of a right solution falls below it with probability CHANCE or less (prediction
        interval by Student's t, trials taken as normally distributed); at least a quarter of the way from
        `mean` down to the mean baseline is left to chance in any case.
    """

    what: str
    values: tuple[float, ...]
    baselines: tuple[float, ...]
    mean: float
    spread: float
    baseline: float
    threshold: float


def calibrate(what: str, values: Sequence[float], baselines: Sequence[float]) -> Calibration:
    """The calibration from at least ten trials. Raises NotCalibrated if right and wrong overlap."""
    from scipy.stats import t as student_t

    values, baselines = (tuple(round(figure, 4) for figure in figures) for figures in (values, baselines))
    count = len(values)
    if count < 10:
        raise NotCalibrated(f"{what}: {count} trials are too few; at least 10 are needed")
    mean, spread, baseline = statistics.mean(values), statistics.stdev(values), statistics.mean(baselines)
    bound = mean - student_t.ppf(1 - CHANCE, count - 1) * spread * (1 + 1 / count) ** 0.5
    threshold = min(bound, mean - (mean - baseline) / 4)
    if threshold <= max(baselines):
        raise NotCalibrated(
            f"{what}: a threshold of {threshold:.3f} would not tell a right solution "
            f"({mean:.3f} ± {spread:.3f}) from a baseline of up to {max(baselines):.3f}"
        )
    return Calibration(
        what, values, baselines, *(round(figure, 4) for figure in (mean, spread, baseline, threshold))
    )


def load(path: Path = FILE) -> dict[str, Calibration]:
    """The committed calibrations by topic/exercise."""
    if not path.is_file():
        return {}
    stored = json.loads(path.read_text())
    return {
        name: Calibration(
            **{**entry, "values": tuple(entry["values"]), "baselines": tuple(entry["baselines"])}
        )
        for name, entry in stored.items()
    }


def save(calibrations: dict[str, Calibration], path: Path = FILE) -> None:
    """Write calibrations, sorted by name."""
    plain = {name: asdict(calibrations[name]) for name in sorted(calibrations)}
    path.write_text(json.dumps(plain, indent=1) + "\n")


def threshold(name: str) -> float:
    """The threshold of a trial, by topic/exercise. Raises NotCalibrated."""
    try:
        return load()[name].threshold
    except KeyError:
        raise NotCalibrated(f"{name} has no calibration: run `grader calibrate {name}`") from None


def trials(topic: str) -> dict[str, Trial]:
    """The trials of a topic, by exercise; empty for one that trains nothing."""
    module = f"grader.exercises.{topic}.trials"
    return importlib.import_module(module).TRIALS if importlib.util.find_spec(module) else {}
