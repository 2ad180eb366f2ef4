"""From annotations to counted units: pure, so that the live state and every recount cannot differ."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.canonical import content_hash
from guidelines.schema.kind import Coded
from metrics.questions import ALL_VERSIONS, NO_VERSION, Coder

Counts = list[list[Any]]
UnitKey = tuple[UUID, str, int]
"""Item, question, version."""


@dataclass(frozen=True)
class Given:
    """One counted annotation."""

    item: UUID
    annotator: UUID
    version: int | None
    answers: dict[str, Any]


@dataclass
class Tally:
    """The values of one unit. None among them is an opt-out."""

    values: Counter[Coded | None] = field(default_factory=Counter)
    annotators: set[UUID] = field(default_factory=set)

    def as_counts(self) -> Counts:
        return canonical_counts(self.values)

    def as_annotators(self) -> list[UUID]:
        return sorted(self.annotators)


def canonical_counts(values: Counter[Coded | None]) -> Counts:
    """[[value, n], ...]: texts, then numbers, then opt-outs; the same data always in the same order."""
    rows = [[value, n] for value, n in values.items() if n]
    return sorted(rows, key=lambda row: (row[0] is None, not isinstance(row[0], str), row[0] if row[0] else 0))


def hash_of(counts: Counts) -> str:
    return content_hash(counts)


def opt_outs(counts: Counts) -> int:
    return sum(n for value, n in counts if value is None)


def values_in(counts: Counts) -> int:
    """How many values count."""
    return sum(n for value, n in counts if value is not None)


def is_mixed(counts: Counts) -> bool:
    """Whether different values were given."""
    return sum(1 for value, _ in counts if value is not None) > 1


def tally(given: Iterable[Given], coder: Coder, *, people: bool) -> dict[UnitKey, Tally]:
    """The units of some annotations of one round, each under its own version and under all together.

    `people` is False where the round cannot tell its annotators apart.
    """
    units: dict[UnitKey, Tally] = {}
    for annotation in given:
        version = NO_VERSION if annotation.version is None else annotation.version
        for question, value in coder.coded(annotation.version, annotation.answers):
            for key in (version, ALL_VERSIONS):
                unit = units.setdefault((annotation.item, question, key), Tally())
                unit.values[value] += 1
                if people and value is not None:
                    unit.annotators.add(annotation.annotator)
    return units
