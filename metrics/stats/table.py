"""The answers to one question as columns of numbers: what a run works on, whatever its size.

A row is one annotator's answer to one unit. Three million of them are about 40 MB here; as objects they would be
thousands. Statistics see a unit only through its content, and a million units have few different contents: they are
collapsed to `Contents` once, and everything that a run tells is computed on those.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from metrics.stats.patterns import IntArray, Value

Codes = NDArray[np.int32]
Ids = NDArray[np.uint8]
"""UUIDs, n x 16 bytes."""
OPT_OUT: Final = -1
"""The code of an answer that no coefficient counts."""
SEVERAL: Final = -1
"""The round of a unit that is an item over several rounds."""
PERSON, NAMELESS = "person", "none"
KEY_LIMIT: Final = 2**62
DENSE: Final = 1 << 22
"""So many different keys are counted in an array, not sorted."""


@dataclass(frozen=True, eq=False)
class Contents:
    """The different contents of units, opt-outs included, and which of them each unit has.

    Content k holds `columns[starts[k]:starts[k+1]]` (value codes, ascending, an opt-out first) as often as `entries`
    says.
    """

    starts: IntArray
    columns: IntArray
    entries: IntArray
    of_unit: Codes

    def __len__(self) -> int:
        return int(self.starts.size - 1)

    @cached_property
    def freq(self) -> IntArray:
        """How many units have each content."""
        return np.bincount(self.of_unit, minlength=len(self)).astype(np.int64)

    @cached_property
    def n_values(self) -> IntArray:
        """m of each content: its values, opt-outs left out."""
        counted = np.where(self.columns == OPT_OUT, 0, self.entries)
        owner = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return np.bincount(owner, weights=counted, minlength=len(self)).astype(np.int64)

    def rows(self) -> Iterator[list[tuple[int, int]]]:
        """(value code, count) of each content."""
        columns, entries = self.columns.tolist(), self.entries.tolist()
        for first, last in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True):
            yield list(zip(columns[first:last], entries[first:last], strict=True))


@dataclass(frozen=True, eq=False)
class AnswerTable:
    """The counted answers to one question in one cut, sorted by unit and within a unit by slot.

    Columns with a row per answer: `unit` (0, 1, … without gaps), `annotator`, `value` (`OPT_OUT` where none counts)
    and `round`, codes into `annotators`, `values` and `rounds`. Columns with a row per unit: `unit_items` and
    `unit_rounds` (`SEVERAL` where a unit is an item over all rounds). `identities` says of each round what its
    annotators stand for: a person, a slot or nobody. `extra` holds further columns by name, a row per answer.
    """

    unit: Codes
    annotator: Codes
    value: Codes
    round: Codes
    values: tuple[Value, ...]
    annotators: tuple[UUID, ...]
    rounds: tuple[UUID, ...]
    identities: tuple[str, ...]
    unit_items: Ids
    unit_rounds: Codes
    extra: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.unit.size)

    @property
    def n_units(self) -> int:
        return int(self.unit_rounds.size)

    @cached_property
    def starts(self) -> IntArray:
        """Where the rows of each unit begin, and the end of the last one."""
        return np.searchsorted(self.unit, np.arange(self.n_units + 1, dtype=np.int32)).astype(np.int64)

    @cached_property
    def unit_sizes(self) -> IntArray:
        """How many values each unit has, opt-outs left out."""
        return np.bincount(self.unit[self.value != OPT_OUT], minlength=self.n_units).astype(np.int64)

    def item(self, unit: int) -> UUID:
        """The item of a unit."""
        return UUID(bytes=self.unit_items[unit].tobytes())

    def round_of(self, unit: int) -> UUID | None:
        """The round of a unit; None where it is an item over several."""
        code = int(self.unit_rounds[unit])
        return None if code == SEVERAL else self.rounds[code]

    def by_identity(self, identity: str) -> NDArray[np.bool_]:
        """Of each row whether its annotator stands for this."""
        return np.asarray([found == identity for found in self.identities], dtype=np.bool_)[self.round]

    def where(self, rows: NDArray[np.bool_]) -> Self:
        """The table of these rows only; units without a row are gone, the lookups stay."""
        if rows.all():
            return self  # with all that was counted of it already
        kept = self.unit[rows]
        there = np.zeros(self.n_units, dtype=np.bool_)
        there[kept] = True
        again = (np.cumsum(there) - 1).astype(np.int32)
        return replace(
            self,
            unit=again[kept], annotator=self.annotator[rows], value=self.value[rows], round=self.round[rows],
            unit_items=self.unit_items[there], unit_rounds=self.unit_rounds[there],
            extra={name: column[rows] for name, column in self.extra.items()},
        )  # fmt: skip

    def at(self, units: NDArray[np.bool_]) -> Self:
        """The table of these units only."""
        return self.where(units[self.unit])

    @cached_property
    def contents(self) -> Contents:
        """Which values each unit holds, and how often."""
        return contents_of(self.unit, self.value, self.n_units, len(self.values))

    @classmethod
    def from_rows(
        cls, rows: Iterable[tuple[UUID, UUID, UUID, Value | None]], identities: Mapping[UUID, str] | None = None
    ) -> Self:
        """From (round, item, annotator, value); of repeated rows the last one counts. For small data and tests."""
        units: dict[tuple[UUID, UUID], dict[UUID, Value | None]] = {}
        for round_, item, annotator, value in rows:
            units.setdefault((round_, item), {})[annotator] = value
        told = identities or {}
        ordered = [(*unit, who, value) for unit, given in sorted(units.items()) for who, value in given.items()]
        rounds = tuple(sorted({row[0] for row in ordered}))
        values, annotators = ordered_values(row[3] for row in ordered), tuple(sorted({row[2] for row in ordered}))
        place = {unit: index for index, unit in enumerate(sorted(units))}
        value_code = {value: index for index, value in enumerate(values)}
        people = {who: index for index, who in enumerate(annotators)}
        return cls(
            unit=_codes(place[row[0], row[1]] for row in ordered),
            annotator=_codes(people[row[2]] for row in ordered),
            value=_codes(OPT_OUT if row[3] is None else value_code[row[3]] for row in ordered),
            round=_codes(rounds.index(row[0]) for row in ordered),
            values=values,
            annotators=annotators,
            rounds=rounds,
            identities=tuple(told.get(round_, PERSON) for round_ in rounds),
            unit_items=ids_of(item for _, item in place),
            unit_rounds=_codes(rounds.index(round_) for round_, _ in place),
        )


def _codes(numbers: Iterable[int]) -> Codes:
    return np.fromiter(numbers, dtype=np.int32)


def ids_of(ids: Iterable[UUID]) -> Ids:
    """UUIDs as rows of bytes."""
    return np.frombuffer(b"".join(found.bytes for found in ids), dtype=np.uint8).reshape(-1, 16)


def ordered_values(values: Iterable[Value | None]) -> tuple[Value, ...]:
    """The different values, texts before numbers, each in order: codes do not depend on how rows came."""
    found = {value for value in values if value is not None}
    return tuple(sorted(found, key=lambda value: (not isinstance(value, str), value)))


def contents_of(unit: Codes, value: Codes, n_units: int, n_values: int) -> Contents:
    """Collapse the rows of a table, which are sorted by unit, to the different contents of units.

    Units of equal size are handled together: the sorted codes of each are one row of a matrix, and equal rows one
    content. Contents are ordered by size, then by their codes.
    """
    starts = np.searchsorted(unit, np.arange(n_units + 1, dtype=np.int32))
    sizes = np.diff(starts)
    of_unit = np.zeros(n_units, dtype=np.int32)
    lengths: list[IntArray] = []
    columns: list[IntArray] = []
    entries: list[IntArray] = []
    made = 0
    for size in np.unique(sizes[sizes > 0]).tolist():
        units = np.flatnonzero(sizes == size)
        rows = np.sort(value[starts[units][:, np.newaxis] + np.arange(size)], axis=1)
        distinct, inverse = _distinct_rows(rows, n_values + 1)
        of_unit[units] = made + inverse
        made += len(distinct)
        # Runs of equal codes within each row are its values with their counts.
        new = np.ones(distinct.shape, dtype=np.bool_)
        new[:, 1:] = distinct[:, 1:] != distinct[:, :-1]
        begins = np.flatnonzero(new)
        lengths.append(new.sum(axis=1).astype(np.int64))
        columns.append(distinct.ravel()[begins].astype(np.int64))
        entries.append(np.diff(np.append(begins, distinct.size)).astype(np.int64))
    return Contents(
        starts=np.concatenate([[0], np.cumsum(_joined(lengths))]).astype(np.int64),
        columns=_joined(columns),
        entries=_joined(entries),
        of_unit=of_unit,
    )


def _joined(parts: list[IntArray]) -> IntArray:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _distinct_rows(rows: Codes, base: int) -> tuple[Codes, IntArray]:
    """The different rows of codes -1 .. base - 2 in order, and which of them each row is."""
    size = rows.shape[1]
    if base**size >= KEY_LIMIT:
        distinct, inverse = np.unique(rows, axis=0, return_inverse=True)
        return distinct, inverse.reshape(-1).astype(np.int64)
    key = np.zeros(len(rows), dtype=np.int64)
    for column in range(size):
        key *= base
        key += rows[:, column] + 1
    found, inverse = distinct_keys(key, base**size)
    distinct = np.empty((found.size, size), dtype=np.int32)
    for column in reversed(range(size)):
        found, distinct[:, column] = np.divmod(found, base)
    return distinct - 1, inverse


def distinct_keys(keys: IntArray, limit: int) -> tuple[IntArray, IntArray]:
    """The different keys 0 .. limit - 1 in order, and which of them each is."""
    if limit > max(DENSE, keys.size):
        found, inverse = np.unique(keys, return_inverse=True)
        return found, inverse.astype(np.int64)
    held = np.zeros(limit, dtype=np.bool_)
    held[keys] = True
    return np.flatnonzero(held).astype(np.int64), (np.cumsum(held, dtype=np.int32) - 1)[keys].astype(np.int64)


def counted_keys(keys: IntArray, limit: int) -> tuple[IntArray, IntArray]:
    """The different keys 0 .. limit - 1 in order, and how often each occurs."""
    if limit > max(DENSE, keys.size):
        found, number = np.unique(keys, return_counts=True)
        return found, number.astype(np.int64)
    number = np.bincount(keys, minlength=limit)
    found = np.flatnonzero(number)
    return found.astype(np.int64), number[found].astype(np.int64)


@dataclass(frozen=True, eq=False)
class Columns:
    """Answers as they were read, in any order: the row of a table before it is sorted.

    `items` are the two halves of UUIDs (n x 2, most significant first); `time` says which of two answers of one
    annotator to one unit is the later one.
    """

    items: NDArray[np.uint64]
    round: Codes
    slot: Codes
    annotator: Codes
    value: Codes
    time: NDArray[np.int64] | None = None
    extra: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def table_of(
    columns: Columns, *, rounds: Mapping[UUID, str], annotators: Iterable[UUID], values: Iterable[Value], joined: bool
) -> AnswerTable:
    """Sort what was read into a table.

    `rounds` (id -> identity), `annotators` and `values` stand in the order of their codes in `columns`. With `joined`
    a unit is an item over all rounds, and of several answers of one person to it the latest counts (of equally late
    ones that of the later round). Slots and nameless annotators of different rounds are nobody twice.
    """
    round_names, rounds_by = _sorted_codes(list(rounds), columns.round)
    annotator_names, annotators_by = _sorted_codes(list(annotators), columns.annotator)
    given = list(values)
    value_names = ordered_values(given)
    place = {value: index for index, value in enumerate(value_names)}
    value_by = np.asarray([*(place[value] for value in given), OPT_OUT], dtype=np.int32)[columns.value]
    within: list[NDArray[Any]] = [annotators_by, columns.slot]
    items: list[NDArray[Any]] = [columns.items[:, 1], columns.items[:, 0]]
    order = _order([*within, rounds_by, *items] if joined else [*within, *items, rounds_by])
    if joined and columns.time is not None:
        is_person = np.asarray([rounds[round_] == PERSON for round_ in round_names], dtype=np.bool_)[rounds_by]
        order = _latest(order, columns, [columns.slot, rounds_by, columns.time], annotators_by, is_person)
    sorted_items, rounds_by = columns.items[order], rounds_by[order]
    new = np.ones(order.size, dtype=np.bool_)
    new[1:] = (sorted_items[1:] != sorted_items[:-1]).any(axis=1)
    if not joined:
        new[1:] |= rounds_by[1:] != rounds_by[:-1]
    return AnswerTable(
        unit=(np.cumsum(new) - 1).astype(np.int32),
        annotator=annotators_by[order],
        value=value_by[order],
        round=rounds_by,
        values=value_names,
        annotators=tuple(annotator_names),
        rounds=tuple(round_names),
        identities=tuple(rounds[round_] for round_ in round_names),
        unit_items=sorted_items[new].astype(">u8").view(np.uint8).reshape(-1, 16),
        unit_rounds=np.full(int(new.sum()), SEVERAL, dtype=np.int32) if joined else rounds_by[new],
        extra={name: column[order] for name, column in columns.extra.items()},
    )


def _sorted_codes(ids: list[UUID], codes: Codes) -> tuple[list[UUID], Codes]:
    """The ids in order, and the codes that mean the same."""
    order = sorted(range(len(ids)), key=ids.__getitem__)
    again = np.empty(len(ids), dtype=np.int32)
    again[order] = np.arange(len(ids), dtype=np.int32)
    return [ids[index] for index in order], again[codes] if len(ids) else codes


def _order(keys: list[NDArray[Any]]) -> IntArray:
    """The order by several keys, the last one first; keys that say nothing cost nothing."""
    telling = [key for key in keys if key.size and (key != key[0]).any()]
    return np.lexsort(telling) if telling else np.arange(keys[0].size, dtype=np.int64)


def _latest(
    order: IntArray, columns: Columns, later: list[NDArray[Any]], annotator: Codes, is_person: NDArray[np.bool_]
) -> IntArray:
    """Without the answers that their person gave again to the same item; `later` as keys of `np.lexsort`."""
    items = columns.items
    keys: list[NDArray[Any]] = [*later, is_person, annotator, items[:, 1], items[:, 0]]
    by_person = np.lexsort(keys)
    same = (items[by_person][1:] == items[by_person][:-1]).all(axis=1)
    same &= annotator[by_person][1:] == annotator[by_person][:-1]
    same &= is_person[by_person][1:] & is_person[by_person][:-1]
    kept = np.ones(order.size, dtype=np.bool_)
    kept[by_person[:-1][same]] = False
    return order[kept[order]]
