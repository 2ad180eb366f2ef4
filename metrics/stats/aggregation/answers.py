"""What is aggregated: the counted answers to one question, one row each."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from metrics.stats.patterns import IntArray, Level, UnknownValueError, Value, category_index
from metrics.stats.sets import is_set
from metrics.stats.spans import marked

WHOLE: Final[frozenset[str]] = frozenset({"masi", "jaccard", "ranking", "boxes", "spans", "tokens"})
"""Levels whose values are whole answers written as JSON."""
LARGEST: Final = 2**62

Refusal = Literal[
    "unknown_method",
    "unknown_setting",
    "wrong_level",
    "no_identities",
    "no_contestants",
    "not_connected",
    "too_many",
    "too_large",
]


class CannotAggregate(ValueError):
    """A method does not apply to these answers: a stable `reason`, and a sentence for people."""

    def __init__(self, reason: Refusal, sentence: str) -> None:
        self.reason = reason
        self.sentence = sentence
        super().__init__(sentence)


@dataclass(frozen=True, eq=False)
class Answers:
    """Rows sorted by unit, annotator and value, so that the order they came in changes nothing. Build with `of`.

    `values` are in declared order where the question declares them. Opt-outs are left out. `sides` names, for each
    unit of a preference, the two contestants that its first and second value stand for (codes in `contestants`).
    """

    level: Level
    unit: IntArray
    annotator: IntArray
    value: IntArray
    values: tuple[Value, ...]
    n_units: int
    n_annotators: int
    """0 where answers carry no identity."""
    sides: IntArray | None = None
    contestants: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        level: Level,
        unit: ArrayLike,
        annotator: ArrayLike | None,
        value: ArrayLike,
        values: Sequence[Value],
        *,
        categories: Sequence[Value] | None = None,
        n_units: int | None = None,
        sides: ArrayLike | None = None,
        contestants: Sequence[str] = (),
    ) -> Self:
        """From parallel columns: unit codes, annotator codes (None: no identities), and codes into `values`, -1 for an
        opt-out. Of an annotator's repeats every row counts: keep the latest only.

        `categories` is the declared order of labels or steps. Raises UnknownValueError if a value is none of them.
        """
        units, coded = np.asarray(unit, dtype=np.int64), np.asarray(value, dtype=np.int64)
        people = np.zeros_like(units) if annotator is None else np.asarray(annotator, dtype=np.int64)
        count = int(units.max(initial=-1)) + 1 if n_units is None else n_units
        kept = coded >= 0
        units, coded, people = units[kept], coded[kept], people[kept]
        order, place = _declared(values, coded, categories)
        coded = place[coded]
        n_people = int(people.max(initial=-1)) + 1
        units, people, coded = _sorted(units, people, coded, (count, n_people, len(order)))
        return cls(
            level, units, people, coded, order, count, 0 if annotator is None else n_people,
            None if sides is None else np.asarray(sides, dtype=np.int64).reshape(count, 2), tuple(contestants),
        )  # fmt: skip

    def __len__(self) -> int:
        return int(self.unit.size)

    @cached_property
    def sizes(self) -> IntArray:
        """Answers of each unit."""
        return np.bincount(self.unit, minlength=self.n_units).astype(np.int64)

    @cached_property
    def answered(self) -> IntArray:
        """The units with at least one answer, ascending."""
        return np.flatnonzero(self.sizes).astype(np.int64)

    @cached_property
    def per_annotator(self) -> IntArray:
        """Answers of each annotator."""
        return np.bincount(self.annotator, minlength=self.n_annotators).astype(np.int64)

    def each(self) -> Iterator[tuple[int, list[tuple[int, Value]]]]:
        """Unit by unit, those without answers left out: (annotator, value) of every answer."""
        edges = np.concatenate(([0], np.cumsum(self.sizes[self.answered])))
        people, coded = self.annotator.tolist(), self.value.tolist()
        for unit, first, last in zip(self.answered.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            yield unit, [(people[row], self.values[coded[row]]) for row in range(first, last)]


def _declared(
    values: Sequence[Value], coded: IntArray, categories: Sequence[Value] | None
) -> tuple[tuple[Value, ...], IntArray]:
    """The values in their one order, and the place there of each value as given."""
    if categories is not None:
        index = category_index(categories)
        used = set(np.unique(coded).tolist())
        unknown = [value for code, value in enumerate(values) if code in used and value not in index]
        if unknown:
            raise UnknownValueError(f"{unknown[0]!r} is not a declared category.")
        return tuple(categories), np.asarray([index.get(value, -1) for value in values], dtype=np.int64)
    order = tuple(sorted(set(values), key=lambda value: (isinstance(value, str), value)))
    place = {value: index for index, value in enumerate(order)}
    return order, np.asarray([place[value] for value in values], dtype=np.int64)


def _sorted(
    unit: IntArray, annotator: IntArray, value: IntArray, widths: tuple[int, int, int]
) -> tuple[IntArray, IntArray, IntArray]:
    """By unit, annotator and value; as one number where that fits, which sorts several times as fast."""
    units, people, values = (max(1, width) for width in widths)
    if units * people * values >= LARGEST:
        order = np.lexsort((value, annotator, unit))
        return unit[order], annotator[order], value[order]
    packed = np.sort((unit * people + annotator) * values + value)
    packed, value = np.divmod(packed, values)
    unit, annotator = np.divmod(packed, people)
    return unit, annotator, value


def written(answer: Any) -> str:
    """A list of an answer as its one JSON text."""
    return json.dumps(answer, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def answer_of(level: Level, value: Value) -> Any:
    """The answer of a question's kind that an aggregated value stands for: a label, a number, a text, a list."""
    if level in {"spans", "tokens"}:
        return json.loads(str(value)) if str(value).startswith("[") else span_list(value)
    return json.loads(str(value)) if level in WHOLE or is_set(level) else value


def span_list(key: Value) -> list[dict[str, Any]]:
    """The spans of a key as an answer."""
    return [{"start": start, "end": end, "label": label} for start, end, label in marked(key).spans]
