"""Teams and repeats against slow twins."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats.alpha import alpha, alpha_of_coincidence
from metrics.stats.meetings import Meetings
from metrics.stats.patterns import Level, Patterns
from metrics.stats.people import person_scores
from metrics.stats.repeats import repeats
from metrics.stats.shares import wilson
from metrics.stats.teams import NO_TEAM, team_pairs, team_scores
from tests.metrics.stats.build import LEVELS, patterns
from tests.metrics.stats.test_people import LABELS, ROWS, Rows, by_unit, table, who

TEAMS = {"a": 0, "b": 0, "c": 1, "d": NO_TEAM}


def slow_between(rows: Rows, left: set[str], right: set[str], level: Level) -> Any:
    """Every pair of one answer from either side, each unit with weight 1 in all."""
    order = sorted({v for _, _, v in rows}) if level in {"interval", "ratio"} else LABELS
    matrix, n = np.zeros((len(order), len(order))), 0
    for answers in by_unit(rows).values():
        ours = [order.index(v) for p, v in answers.items() if p in left]
        theirs = [order.index(v) for p, v in answers.items() if p in right]
        n += bool(ours and theirs)
        for x in ours:
            for y in theirs:
                matrix[x, y] += 1 / (len(ours) * len(theirs))
                matrix[y, x] += 1 / (len(ours) * len(theirs))
    return n, alpha_of_coincidence(matrix, tuple(order), level, n)


def meetings_of(rows: Rows, level: Level) -> tuple[Meetings, Any]:
    found = Meetings.of(table(rows), level, None if level in {"interval", "ratio"} else tuple(LABELS))
    names = {who(name): team for name, team in TEAMS.items()}
    return found, np.asarray([names[user] for user in found.table.annotators], dtype=np.int64)


@pytest.mark.parametrize("level", LEVELS)
@given(rows=ROWS)
def test_teams_are_those_of_their_twin(level: Level, rows: Rows) -> None:
    found, teams = meetings_of(rows, level)
    for score in team_scores(found, teams, seed=1, replicates=20):
        members = {name for name, team in TEAMS.items() if team == score.team}
        inside = [[v for p, v in answers.items() if p in members] for answers in by_unit(rows).values()]
        expected = alpha(patterns(inside, level, LABELS), level)
        assert score.within.n == expected.n_items
        assert score.within.result.value == pytest.approx(expected.value, abs=1e-9)
        assert score.within.result.undefined == expected.undefined
        n, slow = slow_between(rows, members, set(TEAMS) - members, level)
        assert score.with_rest.n == n
        assert score.with_rest.result.value == pytest.approx(slow.value, abs=1e-9)
        assert score.with_rest.result.undefined == slow.undefined
    for a, b, agreement in team_pairs(found, teams, seed=1, replicates=20):
        sides = [{name for name, team in TEAMS.items() if team == side} for side in (a, b)]
        n, slow = slow_between(rows, sides[0], sides[1], level)
        assert (agreement.n, agreement.result.undefined) == (n, slow.undefined)
        assert agreement.result.value == pytest.approx(slow.value, abs=1e-9)


@given(rows=ROWS)
def test_a_team_of_one_is_that_person(rows: Rows) -> None:
    found, _ = meetings_of(rows, "nominal")
    teams = np.arange(len(found.table.annotators))
    people = {score.annotator: score for score in person_scores(found, seed=1, replicates=20)}
    for score in team_scores(found, teams, seed=1, replicates=20):
        assert score.people == 1
        assert score.within.n == 0
        assert score.with_rest.n == people[score.team].n
        assert score.with_rest.result.value == pytest.approx(people[score.team].with_rest.value, abs=1e-9)


def test_two_teams_with_rules_of_their_own() -> None:
    rows: Rows = []
    for item in range(60):
        label = item % 4 + 1
        rows += [(item, name, label) for name in "ab"]
        rows += [(item, name, label % 4 + 1) for name in "c"]
    found, teams = meetings_of(rows, "nominal")
    first, second = team_scores(found, teams, seed=1, replicates=200)
    assert (first.people, first.within.result.value) == (2, 1.0)
    assert second.within.result.undefined == "no_pairable_units"
    assert first.with_rest.result.value is not None
    assert first.with_rest.result.value < 0
    assert first.with_rest.interval.high is not None
    assert first.with_rest.interval.high < 0.2


@pytest.mark.parametrize("level", LEVELS)
@given(pairs=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), max_size=20))
def test_repeats_are_alpha_of_two_answers(level: Level, pairs: list[tuple[int, int]]) -> None:
    found = repeats(pairs, level, LABELS, replicates=20)
    expected = alpha(Patterns.from_units([Counter(pair) for pair in pairs], LABELS, level), level)
    assert found.alpha == expected
    assert found.same == wilson(sum(a == b for a, b in pairs), len(pairs))


def test_somebody_who_never_wavers() -> None:
    steady = repeats([("x", "x"), ("y", "y")] * 15, "nominal", seed=3)
    assert steady.alpha.value == 1.0
    assert steady.same.value == 1.0
    assert steady.same.low == pytest.approx(0.8865, abs=5e-5)
    assert repeats([], "nominal").alpha.undefined == "no_pairable_units"
