"""`grader report`: one page about how a class did in an assignment."""

from __future__ import annotations

import statistics
from pathlib import Path

from grader.report.page import write_page
from grader.report.plots import exercise_bars, score_histogram
from grader.report.results import Course, load_results
from grader.report.summary import FEWEST, summarise

FOLDER = Path("reports")  # in the course's folder; ignored by git


def write_report(assignment: str, names: bool = False, output: Path | None = None) -> Path:
    """Write the page and return where it is. Students stand on it by number, unless `names`.

    Raises ReportError.
    """
    summary = summarise(load_results(Course.here(), assignment))
    scores = summary.scores
    quartiles = statistics.quantiles(scores, n=4, method="inclusive") if len(scores) > 1 else scores * 3
    path = output or FOLDER / f"{assignment}.html"
    write_page(
        path,
        "report.html",
        summary=summary,
        names=names,
        median=statistics.median(scores),
        mean=statistics.fmean(scores),
        quartiles=(quartiles[0], quartiles[2]),
        unmarked=sum(bool(submission.unmarked) for submission in summary.results.submissions),
        histogram=score_histogram(scores, summary.results.max_score),
        bars=exercise_bars(summary.exercises),
        fewest=FEWEST,
    )
    return path
