"""What is counted over the columns of a table, against the same told one by one."""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats.couples import pair_scores
from metrics.stats.disputes import disputes
from metrics.stats.patterns import Level
from metrics.stats.sets import set_key
from metrics.stats.table import AnswerTable
from tests.metrics.stats.build import LEVELS
from tests.metrics.stats.rows import item_disagreement, pair_matrix

pytestmark = pytest.mark.unit

LABELS = [1, 2, 3, 4]
ROUND = UUID(int=9)
ROWS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5), st.integers(1, 4)), max_size=40)
TEXTS = {1: "one two", 2: "one two three", 3: "four", 4: "one"}


def table(rows: list[Any]) -> AnswerTable:
    return AnswerTable.from_rows((ROUND, UUID(int=unit), UUID(int=who + 1), value) for unit, who, value in rows)


def ordered(rows: list[Any]) -> list[tuple[int, UUID, Any]]:
    """The rows as a table has them: by unit, and in a unit as they came."""
    once = {(unit, who): value for unit, who, value in rows}
    return [(unit, UUID(int=who + 1), once[unit, who]) for unit, who in sorted(once, key=lambda key: key[0])]


@pytest.mark.parametrize("level", LEVELS)
@given(rows=ROWS, minimum=st.integers(1, 3))
def test_pairs_of_a_table_are_those_of_its_rows(level: Level, rows: list[Any], minimum: int) -> None:
    expected = pair_matrix(ordered(rows), level, LABELS, minimum)
    assert pair_scores(table(rows), level, LABELS, minimum=minimum) == expected


@given(rows=ROWS)
def test_of_very_many_pairs_those_with_most_in_common_are_kept(rows: list[Any]) -> None:
    every = pair_matrix(ordered(rows), "nominal", LABELS)
    kept = sorted(every, key=lambda pair: -pair.n_items)[:3] if len(every) > 3 else every
    assert list(pair_scores(table(rows), "nominal", LABELS, most=3)) == list(kept)


@pytest.mark.parametrize("level", LEVELS)
@given(rows=ROWS)
def test_disputed_units_of_a_table_are_those_of_its_rows(level: Level, rows: list[Any]) -> None:
    found = disputes(table(rows), level, LABELS)
    assert_same(found, rows, level, LABELS)


@pytest.mark.parametrize("level", ["token_edit", "masi"])
@given(rows=ROWS)
def test_disputed_texts_and_sets(level: Level, rows: list[Any]) -> None:
    keys = TEXTS if level == "token_edit" else {n: set_key(["a", "b", "c"][: n - 1]) for n in LABELS}
    coded = [(unit, who, keys[value]) for unit, who, value in rows]
    assert_same(disputes(table(coded), level, list(keys.values())), coded, level, list(keys.values()))


def assert_same(found: Any, rows: list[Any], level: Level, values: list[Any]) -> None:
    units: dict[int, Counter[Any]] = {}
    for unit, _, value in ordered(rows):
        units.setdefault(unit, Counter())[value] += 1
    given = table(rows)
    expected = {row.unit: row for row in item_disagreement(units, level, values)}
    assert {given.item(row.unit).int for row in found} == set(expected)
    for row in found:
        other = expected[given.item(row.unit).int]
        assert row.contribution == pytest.approx(other.contribution)
        assert row.share == pytest.approx(other.share)
        assert (row.entropy, row.n_values) == (pytest.approx(other.entropy), other.n_values)
        assert dict(row.counts) == dict(units[other.unit])
    parts = [row.contribution for row in found]
    assert parts == sorted(parts, reverse=True)
    assert list(disputes(given, level, values, limit=2)) == list(found[:2])
