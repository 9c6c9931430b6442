"""The figures of the class report: rates, discrimination, mistakes, and who needs a human look."""

from __future__ import annotations

import html
import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from grader.checking import calibration
from grader.report.results import ClassResults, Submission

FEWEST = 5  # submissions for which a correlation is shown; with fewer it is noise


@dataclass(frozen=True)
class CheckSummary:
    """One check over the class.

    pass_rate: share of those who took part. discrimination: see `discrimination`.
    """

    title: str
    points: float
    passed: int
    pass_rate: float
    discrimination: float | None


@dataclass(frozen=True)
class ExerciseSummary:
    """One exercise over the class; full, partial, wrong and missing are numbers of submissions.

    mean: share of the points. seconds: median and maximum of what its checks took, None if not recorded.
    """

    name: str
    points: float
    full: int
    partial: int
    wrong: int
    missing: int
    mean: float
    discrimination: float | None
    seconds: tuple[float, float] | None
    checks: list[CheckSummary]


@dataclass(frozen=True)
class MistakeSummary:
    """A recognised mistake and in how many submissions it was."""

    exercise: str
    name: str
    explanation: str
    count: int


@dataclass(frozen=True)
class Summary:
    """What the report shows. Rates are over `took_part`: who attempted at least one exercise.

    looks: for each submission that needs a human look, the reasons.
    """

    results: ClassResults
    took_part: list[Submission]
    exercises: list[ExerciseSummary]
    mistakes: list[MistakeSummary]
    looks: list[tuple[Submission, list[str]]]

    @property
    def scores(self) -> list[float]:
        return [submission.score for submission in self.results.submissions]


def summarise(results: ClassResults) -> Summary:
    """The figures of one assignment."""
    took_part = [submission for submission in results.submissions if submission.attempted]
    looks = [(submission, reasons(submission, results.topic)) for submission in results.submissions]
    return Summary(
        results,
        took_part,
        [_exercise(name, points, took_part) for name, points in results.points.items()],
        _mistakes(took_part),
        [(submission, why) for submission, why in looks if why],
    )


def discrimination(values: Sequence[float], rests: Sequence[float]) -> float | None:
    """Correlation of a score with the rest of the score; for passed (1) or not (0): point-biserial.

    values, rests: one entry a submission; rest: its automatic points without those that `values` is about.
    None where it is undefined (one of them is the same for everybody) or the class too small.
    """
    if len(values) < FEWEST or len(set(values)) < 2 or len(set(rests)) < 2:
        return None
    return statistics.correlation(values, rests)


def _exercise(name: str, points: float, took_part: list[Submission]) -> ExerciseSummary:
    pairs = [(each, each.exercises[name]) for each in took_part if name in each.exercises]
    scores = [exercise.score for _, exercise in pairs]
    full = sum(math.isclose(score, points) for score in scores)
    partial = sum(0 < score < points and not math.isclose(score, points) for score in scores)
    missing = sum(not exercise.attempted for _, exercise in pairs)
    seconds = [exercise.seconds for _, exercise in pairs if exercise.attempted]
    known = [value for value in seconds if value is not None]
    checks: dict[str, list[tuple[dict, float]]] = {}
    for submission, exercise in pairs:
        for check in exercise.checks:
            checks.setdefault(check["name"], []).append((check, submission.auto_score - check["earned"]))
    return ExerciseSummary(
        name=name,
        points=points,
        full=full,
        partial=partial,
        wrong=len(scores) - full - partial - missing,
        missing=missing,
        mean=statistics.fmean(scores) / points if scores and points else 0.0,
        discrimination=discrimination(scores, [each.auto_score - own.score for each, own in pairs]),
        seconds=(statistics.median(known), max(known)) if known else None,
        checks=[_check(entries) for entries in checks.values()],
    )


def _check(entries: list[tuple[dict, float]]) -> CheckSummary:
    passed = [float(check["status"] == "passed") for check, _ in entries]
    return CheckSummary(
        title=entries[0][0]["title"],
        points=entries[0][0]["points"],
        passed=int(sum(passed)),
        pass_rate=statistics.fmean(passed),
        discrimination=discrimination(passed, [rest for _, rest in entries]),
    )


def _mistakes(took_part: list[Submission]) -> list[MistakeSummary]:
    counts: Counter[tuple[str, str]] = Counter()
    explanations = {}
    for submission in took_part:
        found = {
            (exercise.name, check["mistake_name"]): check["mistake"]
            for exercise in submission.exercises.values()
            for check in exercise.checks
            if check["mistake_name"]
        }
        counts.update(found.keys())
        explanations.update(found)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [MistakeSummary(*key, explanations[key], count) for key, count in ranked]


def reasons(submission: Submission, topic: str) -> list[str]:
    """Why a human should look at a submission, in plain words; empty for most."""
    found = []
    if not submission.path.is_file():
        return ["there is no graded notebook: not graded yet, refused, or grading failed; see nbgrader's log"]
    if submission.note:
        found += [html.unescape(line.removeprefix("- ")) for line in submission.note.splitlines()]
    if not submission.exercises:
        found.append("grading left no results: was it graded without the course's nbgrader_config.py?")
    if submission.unmarked:
        found.append(f"to be marked by hand: {', '.join(submission.unmarked)}")
    for exercise in submission.exercises.values():
        faults = {check.get("fault") for check in exercise.checks}
        if "timeout" in faults:
            found.append(f"{exercise.name}: a check ran out of time")
        if "died" in faults:
            found.append(f"{exercise.name}: a check ended the student's process")
        if any(check["status"] == "error" for check in exercise.checks):
            found.append(f"{exercise.name}: the grader itself failed; grade again after it is mended")
        for check in exercise.checks:
            if _is_near(check, f"{topic}/{exercise.name}"):
                found.append(
                    f"{exercise.name}: a training achieved {check['measured']:.3f}, close to the "
                    f"threshold {check['threshold']:.3f}"
                )
    return found


def _is_near(check: dict, trial: str) -> bool:
    """Within two standard deviations of what the master solution's trials vary by, on either side."""
    if check.get("measured") is None:
        return False
    measured = calibration.load().get(trial)
    spread = measured.spread if measured else 0.0
    return abs(check["measured"] - check["threshold"]) <= 2 * spread
