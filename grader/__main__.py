"""`grader`: the commands of the course's engine. nbgrader does the rest."""

from __future__ import annotations

import argparse

from grader.checking.device import DEVICES


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

    options = parser.parse_args(argv)
    options.run(options)


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


if __name__ == "__main__":
    main()
