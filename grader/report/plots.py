"""Figures as SVG text that stands in the page: it follows light and dark, and needs no file of its own."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from grader.report.summary import ExerciseSummary

# Colours that no figure uses stand for those that the page's style sheet knows.
_INK = "#010203"
_COLOURS = {
    _INK: "currentColor",
    "#010204": "var(--good)",
    "#010205": "var(--some)",
    "#010206": "var(--bad)",
    "#010207": "var(--none)",
}
_GOOD, _SOME, _BAD, _NONE = list(_COLOURS)[1:]
_STYLE = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


def score_histogram(scores: Sequence[float], max_score: float) -> Markup:
    """How many submissions have how many points."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.5, 2.8), layout="constrained")
        axes = figure.add_subplot()
        bins = min(20, max(1, round(max_score)))
        axes.hist(
            scores, bins=bins, range=(0, max(max_score, *scores)), color=_GOOD, edgecolor="none", rwidth=0.9
        )
        axes.set(xlabel="points", ylabel="submissions")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        return _svg(figure, "scores")


def exercise_bars(exercises: Sequence[ExerciseSummary]) -> Markup:
    """For each exercise, the submissions with full, some and no points."""
    kinds = [
        ("full points", "full", _GOOD, ""),
        ("some points", "partial", _SOME, "//"),
        ("wrong", "wrong", _BAD, "xx"),
        ("not attempted", "missing", _NONE, ".."),
    ]
    with mpl.rc_context({**_STYLE, "hatch.color": _INK, "hatch.linewidth": 0.4}):
        figure = Figure(figsize=(7.5, 1.0 + 0.42 * len(exercises)), layout="constrained")
        axes = figure.add_subplot()
        names = [exercise.name for exercise in exercises]
        left = [0] * len(exercises)
        for label, field, colour, hatch in kinds:
            counts = [getattr(exercise, field) for exercise in exercises]
            axes.barh(names, counts, left=left, label=label, color=colour, hatch=hatch, height=0.65)
            left = [a + b for a, b in zip(left, counts, strict=True)]
        axes.invert_yaxis()
        axes.set_xlabel("submissions")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        figure.legend(loc="outside upper center", ncols=4, frameon=False)
        return _svg(figure, "exercises")


def _svg(figure: Figure, name: str) -> Markup:
    """The figure as an svg element, hidden from screen readers: its table says the same."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{name}-', text)  # several figures stand in one page
    text = re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", text)
    for stand_in, colour in _COLOURS.items():
        text = text.replace(stand_in, colour)
    return Markup(text.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))  # noqa: S704 - ours
