"""Results as people read them: a table under each exercise, in the notebook and on the feedback page."""

from __future__ import annotations

from html import escape

from grader.checking.plugin import CheckResult
from grader.checking.run import ExerciseResult

_MARKS = {
    "passed": ("✓", "#0072B2"),
    "failed": ("✗", "#B3471D"),
    "not attempted": ("–", "#666666"),
    "error": ("!", "#B3471D"),
}
_CELL = (
    "text-align:left;vertical-align:top;padding:4px 10px;border-bottom:1px solid #cccccc;white-space:normal"
)


def to_html(exercise: str, result: ExerciseResult) -> str:
    """The table of one exercise's checks, as HTML without scripts or links."""
    if not result.attempted:
        rows = f'<tr><td style="{_CELL}">Not attempted: {escape(result.checks[0].message)}.</td></tr>'
    else:
        rows, told = "", set()
        for check in result.checks:
            rows += _row(check, check.mistake in told)
            told.add(check.mistake)
    score = f"{result.score:g} of {result.points:g} points"
    return (
        f'<div style="margin:8px 0"><strong>{escape(exercise)}: {score}</strong>'
        f'<table style="border-collapse:collapse;margin:6px 0">{rows}</table></div>'
    )


def to_note(text: str) -> str:
    """A remark to stand below a table."""
    return f'<p style="margin:4px 10px"><em>{escape(text)}</em></p>'


def _row(check: CheckResult, told: bool) -> str:
    mark, colour = _MARKS[check.status]
    text = inline_code(check.title)
    if check.message:
        text += f"<br>{inline_code(check.message)}"
    if check.mistake:
        text += f"<br><em>Likely mistake:</em> {'the same' if told else inline_code(check.mistake)}"
    return (
        f'<tr><td style="{_CELL};color:{colour};font-weight:bold" title="{check.status}">{mark}</td>'
        f'<td style="{_CELL}">{text}</td>'
        f'<td style="{_CELL};white-space:nowrap">{check.earned:g} / {check.points:g}</td></tr>'
    )


def inline_code(text: str) -> str:
    """Escaped text; what stands between backticks is set as code."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
