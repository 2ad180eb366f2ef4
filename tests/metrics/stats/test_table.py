"""The table of answers against the plain objects that it stands for."""

from collections import Counter
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats.table import OPT_OUT, AnswerTable, Columns, contents_of, ids_of, table_of

pytestmark = pytest.mark.unit

IDS = [UUID(int=(n << 100) + 7 * n) for n in range(1, 40)]
VALUES = ["b", "a", 3, 1.5, None]
Row = tuple[int, int, int, Any]
ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(0, 4), st.sampled_from(VALUES)), max_size=40
)


def named(rows: list[Row]) -> list[tuple[UUID, UUID, UUID, Any]]:
    return [(IDS[round_], IDS[10 + item], IDS[20 + who], value) for round_, item, who, value in rows]


def plain(table: AnswerTable) -> dict[tuple[UUID | None, UUID], dict[UUID, Any]]:
    """What a table says, as objects."""
    units: dict[Any, dict[UUID, Any]] = {}
    for unit, who, value in zip(table.unit.tolist(), table.annotator.tolist(), table.value.tolist(), strict=True):
        found = units.setdefault((table.round_of(unit), table.item(unit)), {})
        found[table.annotators[who]] = None if value == OPT_OUT else table.values[value]
    return units


def expected(rows: list[Row]) -> dict[Any, dict[UUID, Any]]:
    units: dict[Any, dict[UUID, Any]] = {}
    for round_, item, who, value in named(rows):
        units.setdefault((round_, item), {})[who] = value
    return units


def slots(rows: list[Row]) -> list[int]:
    """People take the slots in the order in which they come."""
    people = list(dict.fromkeys(row[2] for row in rows))
    return [people.index(row[2]) for row in rows]


def read_as(rows: list[Row], *, joined: bool, identity: str = "person", times: list[int] | None = None) -> AnswerTable:
    """The rows as a reader hands them over, each one later than the one before unless `times` says otherwise."""
    given = named(rows)
    rounds, people = (list(dict.fromkeys(row[place] for row in given)) for place in (0, 2))
    values = list(dict.fromkeys(row[3] for row in given if row[3] is not None))
    columns = Columns(
        items=ids_of(row[1] for row in given).view(">u8").astype("u8").reshape(-1, 2),
        round=np.asarray([rounds.index(row[0]) for row in given], dtype="i4"),
        slot=np.asarray(slots(rows), dtype="i4"),
        annotator=np.asarray([people.index(row[2]) for row in given], dtype="i4"),
        value=np.asarray([OPT_OUT if row[3] is None else values.index(row[3]) for row in given], dtype="i4"),
        time=np.arange(len(given), dtype="i8") if times is None else np.asarray(times, dtype="i8"),
        extra={"place": np.arange(len(given))},
    )
    return table_of(columns, rounds=dict.fromkeys(rounds, identity), annotators=people, values=values, joined=joined)


@given(ROWS)
def test_a_table_says_what_its_rows_say(rows: list[Row]) -> None:
    table = AnswerTable.from_rows(named(rows))
    assert plain(table) == expected(rows)
    assert table.n_units == len(expected(rows))
    assert table.unit_sizes.tolist() == [
        sum(value is not None for value in unit.values()) for _, unit in sorted(expected(rows).items())
    ]


@given(ROWS)
def test_a_table_is_sorted_whatever_order_the_rows_came_in(rows: list[Row]) -> None:
    once = list({row[:3]: row for row in rows}.values())
    table = read_as(once, joined=False)
    assert plain(table) == expected(once)
    assert list(plain(table)) == sorted(plain(table))
    order = sorted(range(len(once)), key=lambda index: (named(once)[index][:2], slots(once)[index]))
    assert table.extra["place"].tolist() == order
    again = read_as(list(reversed(once)), joined=False)
    assert (again.values, again.annotators) == (table.values, table.annotators)
    assert again.unit.tolist() == table.unit.tolist()


@given(ROWS)
def test_over_all_rounds_the_latest_answer_of_a_person_counts(rows: list[Row]) -> None:
    once = list({row[:3]: row for row in rows}.values())
    units: dict[Any, dict[UUID, Any]] = {}
    for _, item, who, value in named(once):
        units.setdefault((None, item), {})[who] = value
    assert plain(read_as(once, joined=True)) == units


@given(ROWS, st.randoms(use_true_random=False))
def test_of_equally_late_answers_that_of_the_later_round_counts(rows: list[Row], mixer: Any) -> None:
    once = list({row[:3]: row for row in rows}.values())
    units: dict[Any, dict[UUID, Any]] = {}
    for _, item, who, value in sorted(named(once), key=lambda row: row[0]):
        units.setdefault((None, item), {})[who] = value
    mixer.shuffle(once)
    assert plain(read_as(once, joined=True, times=[7] * len(once))) == units


@pytest.mark.parametrize("identity", ["slot", "none"])
def test_places_of_different_rounds_are_different_people(identity: str) -> None:
    """Files without names share their accounts: the first answer of one is no earlier answer of the other."""
    rows: list[Row] = [(0, 1, 1, "a"), (0, 1, 2, "a"), (1, 1, 1, "b"), (1, 1, 2, "b")]
    table = read_as(rows, joined=True, identity=identity)
    assert [table.values[code] for code in table.value.tolist()] == ["a", "a", "b", "b"]
    assert table.unit_sizes.tolist() == [4]


@given(ROWS, st.lists(st.booleans(), min_size=40, max_size=40))
def test_a_part_of_a_table_is_the_table_of_that_part(rows: list[Row], mask: list[bool]) -> None:
    table = AnswerTable.from_rows(named(rows))
    kept = np.asarray(mask[: len(table)], dtype=np.bool_)
    part = table.where(kept)
    pairs = [
        (row, value)
        for row, value in zip(
            ((unit, who) for unit, given in plain(table).items() for who in given), kept.tolist(), strict=True
        )
    ]
    whole, found = plain(table), {}
    for (unit, who), is_kept in pairs:
        if is_kept:
            found.setdefault(unit, {})[who] = whole[unit][who]
    assert plain(part) == found
    assert part.unit.tolist() == sorted(part.unit.tolist())


@given(ROWS)
def test_contents_are_the_counts_of_each_unit(rows: list[Row]) -> None:
    table = AnswerTable.from_rows(named(rows))
    found = [
        {None if code == OPT_OUT else table.values[code]: n for code, n in content} for content in table.contents.rows()
    ]
    units = [Counter(unit.values()) for _, unit in sorted(expected(rows).items())]
    assert [found[kind] for kind in table.contents.of_unit.tolist()] == units
    assert len(found) == len({tuple(sorted(map(repr, unit.items()))) for unit in units})
    assert table.contents.freq.sum() == table.n_units
    assert table.contents.n_values[table.contents.of_unit].tolist() == table.unit_sizes.tolist()


def test_contents_of_large_units_with_very_many_values() -> None:
    """Where a unit's codes do not fit into one number, rows are compared whole."""
    draw = np.random.default_rng(5)
    value = draw.integers(-1, 5000, size=(50, 12)).astype(np.int32)
    value[25:] = draw.permuted(value[:25], axis=1)
    unit = np.repeat(np.arange(50, dtype=np.int32), 12)
    found = contents_of(unit, value.ravel(), 50, 5000)
    assert len(found) == 25
    assert found.of_unit[:25].tolist() == found.of_unit[25:].tolist()
    assert [dict(row) for row in found.rows()] == [
        dict(Counter(row.tolist())) for row in value[np.argsort(found.of_unit[:25])]
    ]


def test_an_empty_table() -> None:
    table = read_as([], joined=False)
    assert (len(table), table.n_units, len(table.contents)) == (0, 0, 0)
    assert AnswerTable.from_rows([]).n_units == 0
