"""`python -m tests.hostile`: the suite against stock nbgrader and against this engine, as a table.

Stock nbgrader has no sandbox: only attacks that say `stock: run` are tried on it.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.hostile.suite import (
    ATTACKS,
    Attack,
    World,
    grade_class,
    judge,
    judge_neighbour,
    read_group,
)

NOT_RUN = "not run"


def stock_outcome(attack: Attack) -> str:
    """What becomes of an attack, and of the student after it, under stock nbgrader with hidden tests."""
    with tempfile.TemporaryDirectory(prefix="stock-") as folder, World(Path(folder)).open() as world:
        world.make_course([attack.topic], stock=True)
        world.hand_in(attack, neighbour=attack.group in ("crosstalk", "malformed"))
        run = world.autograde([attack.topic], GRADER_IN_PROCESS="1")
        score = run.score(attack.student, attack.topic)
        problems = judge(attack, run) + run.traces
        problems += judge_neighbour(attack, run) if attack.group in ("crosstalk", "malformed") else []
    return outcome(attack, score, problems)


def outcome(attack: Attack, score: float | None, problems: list[str]) -> str:
    """In a few words; problems with the wording of messages do not count."""
    said = [problem for problem in problems if not problem.startswith("it does not say")]
    if any("next student" in problem for problem in said):
        return "harms the next student"
    if any("SUCCEEDED" in problem or "secret" in problem for problem in said):
        return "succeeds"
    if any(problem.startswith(("left", "heard", "still", "changed")) for problem in said):
        return "succeeds"
    if score is None:
        return "no grade"
    if score > attack.deserves:
        return f"{score:g} points, deserves {attack.deserves:g}"
    return f"costs it {attack.deserves - score:g} points" if score < attack.deserves else "fails"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("groups", nargs="*", default=ATTACKS, metavar="group", help=", ".join(ATTACKS))
    parser.add_argument("--without-stock", action="store_true", help="only against this engine")
    parser.add_argument("--without-engine", action="store_true", help="only against stock nbgrader")
    options = parser.parse_args()
    print("| attack | what it tries | stock nbgrader | this engine |\n|---|---|---|---|")
    for group in options.groups:
        attacks = read_group(group)
        here: dict[str, str] = {}
        if not options.without_engine:
            with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
                run = grade_class(attacks, Path(folder))
                for attack in attacks:
                    problems = judge(attack, run) + judge_neighbour(attack, run)
                    here[attack.name] = outcome(attack, run.score(attack.student, attack.topic), problems)
        for attack in attacks:
            stock = stock_outcome(attack) if attack.stock and not options.without_stock else NOT_RUN
            title = attack.title.replace("|", "\\|")
            print(f"| {attack} | {title} | {stock} | {here.get(attack.name, NOT_RUN)} |", flush=True)


if __name__ == "__main__":
    main()
