"""What items say of themselves, beside a table of answers: batch, fields, metadata, as one code for each unit."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, Literal
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import F
from django.db.models.fields.json import KeyTextTransform
from numpy.typing import NDArray

from intake.models import Item
from metrics.reading import Check, Packed, streamed
from metrics.stats.table import AnswerTable, Codes
from projects.models import Project

NOWHERE: Final = -1
"""The code of a unit whose item has no value."""
MOST_VALUES: Final = 20
MOST_KEYS: Final = 12
LOOKED_AT: Final = 500
LONGEST_VALUE: Final = 80
SIDES: Final[tuple[Literal["left", "right"], ...]] = ("left", "right")


@dataclass(frozen=True)
class Attribute:
    """Something that every item has or has not: `by` is batch, field or metadata, `name` the key of the latter two."""

    by: str
    name: str = ""

    @property
    def expression(self) -> Any:
        if self.by == "batch":
            return F("batch")
        return KeyTextTransform(self.name, "fields" if self.by == "field" else "metadata")


def attribute_of(text: str) -> Attribute:
    """From `batch`, `field.NAME` or `metadata.KEY`."""
    by, _, name = text.partition(".")
    return Attribute(by, name)


class Places:
    """Finds the units of items by their ids, many at once."""

    def __init__(self, table: AnswerTable) -> None:
        halves = table.unit_items.view(">u8").astype(np.uint64).reshape(-1, 2)
        self._key = _mixed(halves)
        self._order = np.argsort(self._key, kind="stable")
        self._sorted = self._key[self._order]
        self.n_units = table.n_units

    def units(self, packed: bytes) -> NDArray[np.int64]:
        """The units of items whose ids come behind each other, 16 bytes each."""
        return self.found(packed)[1]

    def found(self, packed: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which of the ids, and a unit of it: an item stands in several units where it has several rounds."""
        keys = _mixed(np.frombuffer(packed, dtype=">u8").astype(np.uint64).reshape(-1, 2))
        first, last = (np.searchsorted(self._sorted, keys, side=side) for side in SIDES)
        number = last - first
        starts = np.repeat(first - (np.cumsum(number) - number), number)
        units = self._order[starts + np.arange(int(number.sum()))].astype(np.int64)
        return np.repeat(np.arange(keys.size), number), units


def _mixed(halves: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One number for an id. Ids are random in 74 bits: two of a million meet once in thirty million projects."""
    return halves[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ halves[:, 1]


def coded_by(
    project: Project, attribute: Attribute, places: Places, check: Check, most: int | None = None
) -> tuple[list[str], Codes] | None:
    """The values of an attribute, and which of them each unit has. None where there are more than `most`."""
    codes = np.full(places.n_units, NOWHERE, dtype=np.int32)
    names: list[str] = []
    for value, packed in _grouped(project, attribute):
        check()
        units = places.units(packed)
        if value is None or not units.size:
            continue
        if most is not None and len(names) == most:
            return None
        codes[units] = len(names)
        names.append(str(value))
    return names, codes


def _grouped(project: Project, attribute: Attribute) -> Iterator[Sequence[Any]]:
    rows = Item.objects.filter(project=project).order_by().annotate(value=attribute.expression).values_list("value")
    with transaction.atomic():
        yield from streamed(rows.annotate(items=Packed("uuid_send", F("pk"))))


def clusters_of(project: Project, resample_by: str, table: AnswerTable, check: Check) -> Codes | None:
    """What belongs together in the bootstrap: the cluster of each unit; an item that names none stands alone.

    None where every item stands alone.
    """
    if not resample_by:
        return None
    coded = coded_by(project, attribute_of(resample_by), Places(table), check)
    names, codes = coded if coded is not None else ([], np.full(table.n_units, NOWHERE, dtype=np.int32))
    alone = codes == NOWHERE
    codes[alone] = len(names) + np.arange(int(alone.sum()), dtype=np.int32)
    return codes


@dataclass(frozen=True)
class Key:
    """A field or metadata key as the first and the last items have it.

    `values` are its different values, in order, where there are few short ones; else it is empty. `repeats` says
    whether several items share a value, as those of one document do.
    """

    attribute: Attribute
    values: tuple[str, ...]
    is_number: bool
    repeats: bool


def keys_of(project: Project) -> list[Key]:
    """Every field and metadata key that holds texts, numbers or truths, metadata first, as the project has them now."""
    rows = Item.objects.filter(project=project).order_by("pk")
    ends = [*rows[:LOOKED_AT].values_list("pk", flat=True), *rows.reverse()[:LOOKED_AT].values_list("pk", flat=True)]
    return _keys(ends)


def attributes_of(table: AnswerTable) -> list[Attribute]:
    """The fields and metadata keys in which the items of a table share few different, short values.

    Only items of the table are looked at: what comes later changes no run over the same cut.
    """
    ends = np.concatenate([table.unit_items[:LOOKED_AT], table.unit_items[-LOOKED_AT:]])
    keys = _keys(UUID(bytes=row.tobytes()) for row in ends)
    return [key.attribute for key in keys if len(key.values) >= 2 and key.repeats][:MOST_KEYS]


def _keys(items: Iterable[UUID]) -> list[Key]:
    seen: dict[Attribute, list[Any]] = {}
    for fields, metadata in Item.objects.filter(pk__in=set(items)).values_list("fields", "metadata"):
        for by, given in (("field", fields), ("metadata", metadata)):
            for name, value in given.items():
                if value is not None:
                    seen.setdefault(Attribute(by, name), []).append(value)
    keys = [_key(attribute, values) for attribute, values in seen.items()]
    return sorted(filter(None, keys), key=lambda key: (key.attribute.by != "metadata", key.attribute.name))


def _key(attribute: Attribute, values: list[Any]) -> Key | None:
    if any(isinstance(value, (dict, list)) for value in values):
        return None
    texts = {_as_text(value) for value in values}
    few = len(texts) <= MOST_VALUES and all(len(text) <= LONGEST_VALUE for text in texts)
    return Key(attribute, tuple(sorted(texts)) if few else (), all(map(_is_number, texts)), len(texts) < len(values))


def _as_text(value: Any) -> str:
    """As the database writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
