"""Hostile, broken and unusual submissions, graded by the real nbgrader among honest ones.

Each is a file in tests/hostile/<group>/; tests/hostile/suite.py says what is in it.
"""

from __future__ import annotations

import pytest

from tests.hostile.suite import (
    ATTACKS,
    GROUPS,
    Attack,
    Run,
    grade_group,
    judge,
    judge_neighbour,
    read_attack,
    read_group,
)

CASES = [(group, number, attack) for group in GROUPS for number, attack in enumerate(read_group(group), 1)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each attack is a test of its own; a group's class is graded once, in one worker."""
    marks = {group: pytest.mark.xdist_group(f"hostile-{group}") for group in GROUPS}
    if "attack" in metafunc.fixturenames:
        cases = [pytest.param(*case, id=str(case[2]), marks=marks[case[0]]) for case in CASES]
        metafunc.parametrize(("group", "number", "attack"), cases, indirect=["group"])
    elif "group" in metafunc.fixturenames:
        metafunc.parametrize("group", [pytest.param(g, marks=marks[g]) for g in GROUPS], indirect=True)


@pytest.fixture(scope="session")
def group(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def run(group: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The group's class, graded once."""
    return grade_group(group, tmp_path_factory.mktemp(group))


def test_the_suite_is_large_enough():
    attacks = [attack for group, _, attack in CASES if group in ATTACKS]
    assert len(attacks) >= 200
    assert len({str(attack) for attack in attacks}) == len(attacks)


def test_a_header_with_a_slip_is_refused(tmp_path):
    path = tmp_path / "attack.py"
    for header in ("lose: conv2d", "loses: conv3d", "says:", "base: empty", "base: stub\nloses: conv2d"):
        path.write_text(f'"""A title.\n\n{header}\n"""\n')
        with pytest.raises(ValueError, match=r"attack\.py"):
            read_attack(path)


def test_attack(run: Run, number: int, attack: Attack):
    assert judge(attack, number, run) == []


def test_next_student(run: Run, number: int, attack: Attack):
    assert judge_neighbour(attack, number, run) == []


def test_nothing_is_left(run: Run):
    assert run.traces == []
