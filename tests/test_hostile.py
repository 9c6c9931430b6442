"""Hostile, broken and unusual submissions, graded by the real nbgrader among honest ones.

Each is a file in tests/hostile/<group>/; tests/hostile/suite.py says what is in it. Those that pytest selects
are graded, each group as one class. Every tenth is not slow; with `-m "not slow"` they make one class.
"""

from __future__ import annotations

import pytest

from tests.hostile.suite import (
    ATTACKS,
    GROUPS,
    Attack,
    Run,
    grade_class,
    judge,
    judge_neighbour,
    read_attack,
    read_group,
)

_graded: dict[tuple[str, ...], Run] = {}
SUITE = {group: read_group(group) for group in GROUPS}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each attack is a test of its own; a group's class is graded once."""
    if "attack" in metafunc.fixturenames:
        cases = [
            pytest.param(
                group,
                attack,
                id=str(attack),
                marks=[] if _is_quick(attack) else pytest.mark.slow,
            )
            for group in GROUPS
            for attack in SUITE[group]
        ]
        metafunc.parametrize(("group", "attack"), cases, indirect=["group"])
    elif "group" in metafunc.fixturenames:
        metafunc.parametrize("group", GROUPS, indirect=True)


def _is_quick(attack: Attack) -> bool:
    return attack.number % 10 == 1


def _only_quick(config: pytest.Config) -> bool:
    return config.option.markexpr == "not slow"


@pytest.fixture(scope="session")
def group(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def run(group: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The class of a group, or of all quick attacks, graded once."""
    groups = tuple(GROUPS) if _only_quick(request.config) else (group,)
    if groups not in _graded:
        selected = [
            item.callspec.params.get("attack") for item in request.session.items if hasattr(item, "callspec")
        ]
        every = [attack for name in groups for attack in SUITE[name]]
        attacks = [attack for attack in every if attack in selected]
        _graded[groups] = grade_class(attacks or every, tmp_path_factory.mktemp(groups[0]))
    return _graded[groups]


def test_the_suite_is_large_enough():
    attacks = [str(attack) for group in ATTACKS for attack in SUITE[group]]
    assert len(set(attacks)) == len(attacks) >= 250


def test_a_header_with_a_slip_is_refused(tmp_path):
    path = tmp_path / "attack.py"
    for header in ("lose: conv2d", "loses: conv3d", "says:", "base: empty", "base: stub\nloses: conv2d"):
        path.write_text(f'"""A title.\n\n{header}\n"""\n')
        with pytest.raises(ValueError, match=r"attack\.py"):
            read_attack(path)


def test_attack(run: Run, attack: Attack):
    assert judge(attack, run) == []


def test_next_student(run: Run, attack: Attack):
    assert judge_neighbour(attack, run) == []


def test_nothing_is_left(run: Run):
    assert run.traces == []
