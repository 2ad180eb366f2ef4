"""From annotations to counted units: pure, so that the live state and every recount cannot differ."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.canonical import content_hash
from guidelines.schema.kind import Coded
from metrics.questions import ALL_VERSIONS, NO_VERSION, Coder

Counts = list[list[Any]]
UnitKey = tuple[UUID, str, int, str]
"""Item, question, version, slice."""

ALONE, SUGGESTION_SHOWN, TOGETHER = "", "suggestion_shown", "together"
"""Whose answers a unit holds: given without a suggestion on screen, which is what agreement means unless told
otherwise; given with one; or both, kept over all versions where there are both or only the second, to tell whether
everybody gave the same answer."""
SLICES = (SUGGESTION_SHOWN,)
"""What may be asked for by name."""


@dataclass(frozen=True)
class Given:
    """One counted annotation."""

    item: UUID
    annotator: UUID
    version: int | None
    answers: dict[str, Any]
    suggestion: UUID | None = None
    """The suggestion that was on screen."""
    fields: dict[str, Any] = field(default_factory=dict)
    """Those of the item's fields that are needed to code the answers."""

    @property
    def slice(self) -> str:
        return ALONE if self.suggestion is None else SUGGESTION_SHOWN


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
    """The units of some annotations of one round, each under its own version and under all together, those given with
    a suggestion on screen apart.

    `people` is False where the round cannot tell its annotators apart.
    """
    units: dict[UnitKey, Tally] = {}
    for annotation in given:
        version = NO_VERSION if annotation.version is None else annotation.version
        for question, value in coder.coded(annotation.version, annotation.answers, annotation.fields):
            for key in (version, ALL_VERSIONS):
                unit = units.setdefault((annotation.item, question, key, annotation.slice), Tally())
                unit.values[value] += 1
                if people and value is not None:
                    unit.annotators.add(annotation.annotator)
    return units | _together(units)


def _together(units: Mapping[UnitKey, Tally]) -> dict[UnitKey, Tally]:
    """The units over all versions of which a part was answered with a suggestion on screen, whole."""
    found = {}
    for (item, question, version, slice_), shown in units.items():
        if slice_ == SUGGESTION_SHOWN and version == ALL_VERSIONS:
            alone = units.get((item, question, version, ALONE), Tally())
            found[item, question, version, TOGETHER] = Tally(
                alone.values + shown.values, alone.annotators | shown.annotators
            )
    return found
