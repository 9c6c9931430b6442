"""`grader`: the commands of the course's engine. nbgrader does the rest."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from grader.checking.device import DEVICES
from grader.report import ReportError

# jsonschema, which Jupyter loads, would build a grammar of international addresses: a second, for nothing.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def main(argv: list[str] | None = None) -> int | None:
    """Parse the command line and run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="grader", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser(
        "autograde",
        help="grade and record a whole class, by many processes or machines; other options are nbgrader's",
    )
    command.add_argument("assignment")
    command.add_argument("--student", metavar="NAME", help="one student, or a pattern such as 'a*'")
    command.add_argument("--force", action="store_true", help="record again what is in the gradebook")
    command.add_argument("--fresh", action="store_true", help="and grade again what is in the grade cache")
    command.add_argument("--workers", type=int, metavar="N", help="processes (default: one for each core)")
    command.add_argument("--device", choices=DEVICES)
    command.add_argument(
        "--dask", metavar="ADDRESS", nargs="?", const="", help="of a scheduler, for many machines"
    )
    command.add_argument("--json", action="store_true", help="print the summary as JSON")
    command.set_defaults(run=_autograde)

    command = commands.add_parser("cache", help="show or prune the grade cache of the course in this folder")
    command.add_argument("action", choices=("show", "prune"), nargs="?", default="show")
    command.add_argument("--days", type=float, metavar="N", help="prune what was not used for so long, too")
    command.add_argument("--all", action="store_true", help="prune everything")
    command.set_defaults(run=_cache)

    command = commands.add_parser(
        "calibrate", help="measure the thresholds of trained models with the master solutions and store them"
    )
    command.add_argument("names", nargs="*", metavar="TOPIC[/EXERCISE]", help="all, if none is named")
    command.add_argument("--seeds", type=int, default=20, help="trials of each exercise, at least 10")
    command.add_argument("--device", choices=DEVICES, default="auto")
    command.set_defaults(run=_calibrate)

    command = commands.add_parser("baselines", help="measure how far trivial features get on the data sets")
    command.add_argument("--output", metavar="FILE", help="a Markdown file to write the table to")
    command.set_defaults(run=_baselines)

    command = commands.add_parser(
        "cost", help="measure what grading costs beside the student's own functions"
    )
    command.add_argument("names", nargs="*", metavar="TOPIC", help="all, if none is named")
    command.add_argument("--rounds", type=int, default=3)
    command.set_defaults(run=_cost)

    command = commands.add_parser("bench", help="measure this engine beside plain nbgrader, on one core")
    command.add_argument("names", nargs="*", default=["convolution", "lstm"], metavar="TOPIC")
    command.add_argument("--size", type=int, default=20, help="submissions of each topic")
    command.set_defaults(run=_bench)

    command = commands.add_parser("bench-class", help="measure what grading a whole class costs (an hour)")
    command.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000], metavar="N")
    command.add_argument("--workers", type=int, nargs="+", default=[1, 2], metavar="N")
    command.set_defaults(run=_bench_class)

    command = commands.add_parser("doctor", help="show whether this machine can grade safely, and prove it")
    command.set_defaults(run=_doctor)

    for name, run, help_text in (
        ("report", _report, "a page about how a class did"),
        ("similar", _similar, "a page with pairs of submissions that are much alike, side by side"),
    ):
        command = commands.add_parser(name, help=help_text)
        command.add_argument("assignment", metavar="ASSIGNMENT")
        command.add_argument("--names", action="store_true", help="name students instead of numbering them")
        command.add_argument("--output", type=Path, metavar="FILE", help="default: in the folder reports")
        command.set_defaults(run=run)

    command = commands.add_parser("results", help="a graded notebook's results as Gradescope's results.json")
    command.add_argument("notebook", type=Path, metavar="AUTOGRADED_NOTEBOOK")
    command.add_argument("--output", type=Path, metavar="FILE", help="default: print them")
    command.set_defaults(run=_results)

    command = commands.add_parser("worker")  # for `grader autograde`, see grader.autograde.workers
    command.add_argument("descriptor", type=int)
    command.set_defaults(run=_worker)

    options, others = parser.parse_known_args(argv)
    if others and options.run is not _autograde:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    options.others = others
    try:
        return options.run(options)
    except ReportError as error:
        sys.exit(f"grader: {error}")


# Each command imports what it needs: torch and scikit-learn take seconds to load.


def _autograde(options: argparse.Namespace) -> int:
    from grader.autograde.report import autograde

    return autograde(options)


def _worker(options: argparse.Namespace) -> None:
    from grader.autograde.workers import serve

    serve(options.descriptor)


def _cache(options: argparse.Namespace) -> None:
    from grader.autograde.report import show_cache

    show_cache(options)


def _calibrate(options: argparse.Namespace) -> None:
    from grader.measure.calibrate import calibrate_topics

    calibrate_topics(options.names, options.seeds, options.device)


def _baselines(options: argparse.Namespace) -> None:
    from grader.measure.baselines import print_baselines

    print_baselines(options.output)


def _cost(options: argparse.Namespace) -> None:
    from grader.measure.cost import print_costs

    print_costs(options.names, options.rounds)


def _bench(options: argparse.Namespace) -> None:
    from grader.measure.engines import print_engines

    print_engines(options.names, options.size)


def _bench_class(options: argparse.Namespace) -> None:
    from grader.measure.whole_class import print_benchmark

    print_benchmark(options.sizes, options.workers)


def _doctor(options: argparse.Namespace) -> int:
    from grader.measure.doctor import print_report

    return print_report()


def _report(options: argparse.Namespace) -> None:
    from grader.report.report import write_report

    print(write_report(options.assignment, options.names, options.output))


def _similar(options: argparse.Namespace) -> None:
    from grader.report.similar import write_similar

    print(write_similar(options.assignment, options.names, options.output))


def _results(options: argparse.Namespace) -> None:
    from grader.report.exports import gradescope_results

    results = json.dumps(gradescope_results(options.notebook), indent=1)
    if options.output:
        options.output.write_text(results + "\n")
    else:
        print(results)


if __name__ == "__main__":
    raise SystemExit(main())
