"""What can be measured in a project: its questions over all guideline versions, with scale and categories."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from events.selectors import held_at
from guidelines.models import GuidelineVersion
from guidelines.schema.itemtext import text_of
from guidelines.schema.kind import Coded, Kind
from guidelines.schema.registry import KINDS
from guidelines.schema.schema import LabelSchema
from guidelines.selectors import label_schema_of, versions_of
from metrics.stats.parts import LABELLED, PARTED
from metrics.stats.patterns import Level
from metrics.stats.preferences import leaning
from metrics.stats.sets import is_set, labels_in
from metrics.stats.spans import marked, span_key
from projects.models import Project

ALL_VERSIONS, NO_VERSION = -1, 0
LEVELS = frozenset({"nominal", "ordinal", "interval", "ratio", "masi", "ranking", "spans", "boxes", "token_edit"})
OPEN = PARTED | {"token_edit"}
"""The levels whose values are whole answers, each written as a text of its own."""
SHOWN = 200
Version = int | Literal["all", "none"]


def version_key(version: Version) -> int:
    """The number under which units of this version are kept."""
    return {"all": ALL_VERSIONS, "none": NO_VERSION}[version] if isinstance(version, str) else version


def version_name(key: int) -> Version:
    """How people and the API call the units kept under `key`."""
    names: dict[int, Version] = {ALL_VERSIONS: "all", NO_VERSION: "none"}
    return names.get(key, key)


@dataclass(frozen=True)
class Asked:
    """A question as one guideline version asks it."""

    name: str
    kind: Kind
    question: dict[str, Any]

    @property
    def level(self) -> Level:
        if self.kind.name == "text":
            return "token_edit"  # texts have no scale of their own, yet their likeness is measured
        return cast("Level", self.kind.level(self.question))  # `asked_in` leaves out what has none

    @property
    def text_field(self) -> str | None:
        """The item's field that agreement needs beside the answer: the text on which spans are marked."""
        return str(self.question["field"]) if self.level == "spans" else None

    def code(self, answer: Any, fields: Mapping[str, Any]) -> Coded | None:
        """What agreement counts, or None for an opt-out."""
        if self.text_field is not None:
            return span_key(answer, text_of(fields.get(self.text_field)))
        return self.kind.code(self.question, answer)

    def shown(self, value: Coded) -> str:
        """A coded answer of an open level as people read it."""
        if self.level == "token_edit":
            text = str(value)
        elif self.level == "spans":
            spans = [{"start": start, "end": end, "label": label} for start, end, label in marked(value).spans]
            text = self.kind.display(self.question, spans)
        else:
            text = self.kind.display(self.question, json.loads(str(value)))
        return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def asked_in(schema: LabelSchema) -> list[Asked]:
    """The questions of a schema that have a scale; kinds without one are not measured."""
    found = [
        Asked(question["name"], KINDS[question["kind"]], question)
        for question in schema.questions
        if question["kind"] in KINDS
    ]
    return [asked for asked in found if asked.level in LEVELS]


@dataclass(frozen=True)
class Measured:
    """A question over all its versions. `categories` is None where values are free numbers.

    Values that are sets, spans or boxes have no categories of their own but `labels`, which they are made of.
    """

    name: str
    title: str
    level: Level
    categories: tuple[Coded, ...] | None
    titles: dict[Coded, str]
    is_current: bool
    labels: tuple[str, ...] = ()
    newest: Asked | None = None
    """As the newest version asks it."""

    @property
    def leanings(self) -> dict[Coded, float] | None:
        """Of a preference the numbers of its values: one field, neither, the other."""
        if self.newest is None or self.newest.kind.name != "preference" or self.level != "nominal":
            return None
        return {value: leaning(value, self.newest.question["fields"]) for value in self.categories or ()}

    def title_of(self, value: Coded) -> str:
        """A value as people read it."""
        if value not in self.titles and is_set(self.level):
            place = {label: index for index, label in enumerate(self.labels)}
            ordered = sorted(labels_in(value), key=lambda label: place.get(label, len(place)))
            return ", ".join(self.titles.get(label, label) for label in ordered) or "(none)"
        if value not in self.titles and self.level in OPEN and self.newest is not None:
            return self.newest.shown(value)
        return self.titles.get(value, str(value))


def published(project: Project, as_of: int | None = None) -> list[GuidelineVersion]:
    """The published versions by number; with a cut only those that it holds."""
    rows = versions_of(project)
    if as_of is not None:
        rows = held_at(rows, project=project.id, as_of=as_of, ended=None)
    return list(rows.defer("clauses").order_by("number"))


def measured_questions(versions: Sequence[GuidelineVersion]) -> dict[str, Measured]:
    """By name, the newest version's questions first, then those that only older versions asked."""
    asked: dict[str, list[Asked]] = {}
    for version in reversed(versions):
        for found in asked_in(label_schema_of(version)):
            asked.setdefault(found.name, []).append(found)
    current = label_schema_of(versions[-1]).by_name if versions else {}
    return {name: _measured(name, newest_first, name in current) for name, newest_first in asked.items()}


def _measured(name: str, newest_first: Sequence[Asked], is_current: bool) -> Measured:
    newest = newest_first[0]
    # Versions that changed the scale have nothing in common but equal and unequal.
    levels = {asked.level for asked in newest_first}
    level = newest.level if len(levels) == 1 else "nominal"
    titles: dict[Coded, str] = {}
    for asked in newest_first:
        for value in asked.kind.categories(asked.question) or ():
            titles.setdefault(value, asked.kind.display(asked.question, value))
        if is_set(level) or level in LABELLED:
            for label in asked.question["labels"]:
                titles.setdefault(label["value"], str(label["title"]))
    title = str(newest.question.get("title", name))
    if is_set(level) or level in OPEN:
        labels = tuple(str(label) for label in titles)
        return Measured(name, title, level, (), titles, is_current, labels, newest)
    categories = None if level in {"interval", "ratio"} else _ordered(titles, level)
    return Measured(name, title, level, categories, titles, is_current, newest=newest)


def _ordered(values: Iterable[Coded], level: Level) -> tuple[Coded, ...]:
    """As declared, newest version first; steps of a scale by their number."""
    kept = tuple(values)
    numbers = [value for value in kept if not isinstance(value, str)]
    return tuple(sorted(numbers)) if level == "ordinal" and len(numbers) == len(kept) else kept


class Coder:
    """Codes the answers of one round, each under the guideline version it was given under.

    Answers without a version are read as the version in force when their round was made: that never changes later.
    """

    def __init__(self, versions: Sequence[GuidelineVersion], round_made_at: datetime) -> None:
        self._asked = {version.number: asked_in(label_schema_of(version)) for version in versions}
        self._default = _in_force(versions, round_made_at)

    @property
    def text_fields(self) -> tuple[str, ...]:
        """The fields of the item that are needed to code answers."""
        return tuple(sorted({a.text_field for asked in self._asked.values() for a in asked if a.text_field}))

    def coded(
        self, version: int | None, answers: dict[str, Any], fields: Mapping[str, Any]
    ) -> list[tuple[str, Coded | None]]:
        """(question, value) of each measured question that was answered. `fields` holds the item's `text_fields`."""
        asked = self._asked.get(version if version is not None else self._default, ())
        return [(a.name, a.code(answers[a.name], fields)) for a in asked if a.name in answers]


def _in_force(versions: Sequence[GuidelineVersion], at: datetime) -> int | None:
    then = [version.number for version in versions if version.published_at is not None and version.published_at <= at]
    return then[-1] if then else (versions[0].number if versions else None)
