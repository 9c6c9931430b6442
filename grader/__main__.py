"""`grader`: the commands of the course's engine. nbgrader does the rest."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from grader.checking.device import DEVICES
from grader.report import ReportError


def main(argv: list[str] | None = None) -> None:
    """Parse the command line and run the command."""
    parser = argparse.ArgumentParser(prog="grader", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

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

    options = parser.parse_args(argv)
    try:
        options.run(options)
    except ReportError as error:
        sys.exit(f"grader: {error}")


# Each command imports what it needs: torch and scikit-learn take seconds to load.


def _calibrate(options: argparse.Namespace) -> None:
    from grader.measure.calibrate import calibrate_topics

    calibrate_topics(options.names, options.seeds, options.device)


def _baselines(options: argparse.Namespace) -> None:
    from grader.measure.baselines import print_baselines

    print_baselines(options.output)


def _cost(options: argparse.Namespace) -> None:
    from grader.measure.cost import print_costs

    print_costs(options.names, options.rounds)


def _doctor(options: argparse.Namespace) -> None:
    from grader.measure.doctor import print_report

    raise SystemExit(print_report())


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
    main()
