"""The items behind a mark of the dashboard: of a version or a week, of two labels, of two people."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import BooleanField, Exists, F, Func, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Coalesce

from annotation.models import Annotation
from guidelines.models import GuidelineVersion
from guidelines.schema.kind import Coded
from intake.models import Item
from metrics.counting import ALONE, SLICES, Counts
from metrics.models import Rater, Slice, Unit
from metrics.questions import Coder, Measured, version_key
from metrics.selection import Selection, rounds_of
from metrics.selectors.items import holding
from metrics.slices import items_kept, people_of
from metrics.stats.parts import LABELLED, is_parted, label_uses, parts_of
from metrics.stats.sets import set_key
from metrics.wanted import Wanted
from projects.models import Project
from projects.pseudonyms import pseudonym

LOOKED_AT: Final = 3000
"""Two labels of spans or boxes are looked for in so many items with different answers: more keep a page waiting."""

AT_ONCE: Final = 1000
"""So many units of a list are put in order at a time."""


def units_of(project: Project, wanted: Wanted) -> QuerySet[Any]:
    """The units of what is wanted, in no order, each with `newest`: the newest version under which it was answered."""
    live = wanted.slice if wanted.slice in (ALONE, *SLICES) else ALONE
    rows = Unit.objects.filter(
        project=project, question=wanted.question, version=version_key(wanted.version), slice=live,
        round__in=rounds_of(Selection(project, None, wanted.question, who=wanted.who)),
    )  # fmt: skip
    if wanted.batch:
        rows = rows.filter(item__batch=UUID(wanted.batch))
    if wanted.team:
        rows = rows.filter(annotators__overlap=sorted(people_of(UUID(wanted.team), {})))
    if wanted.slice not in (ALONE, *SLICES):
        saved = Slice.objects.filter(project=project, name=wanted.slice, retired_at=None).first()
        kept = items_kept(Item.objects.filter(project=project), saved.definition if saved else {}, project=project)
        rows = rows.filter(item__in=kept.values("pk"))
    if wanted.week:
        rows = _last_answered_in_week(rows, wanted.week)
    under = Unit.objects.filter(
        round=OuterRef("round"), item=OuterRef("item"), question=OuterRef("question"), version__gt=0
    ).order_by("-version")
    return rows.annotate(newest=Coalesce(Subquery(under.values("version")[:1]), 0)).select_related("item", "round")


def _last_answered_in_week(rows: QuerySet[Any], week: str) -> QuerySet[Any]:
    """Those that got their last answer in the seven days (UTC) from a date on, as runs tell weeks apart."""
    first = datetime.fromisoformat(week).replace(tzinfo=UTC)
    after = first + timedelta(days=7)
    answers = Annotation.objects.filter(
        round=OuterRef("round"), item=OuterRef("item"), ended_event=None, blind=True, created_at__gte=first
    )
    return rows.filter(Exists(answers), ~Exists(answers.filter(created_at__gte=after)))


def part_of(rows: QuerySet[Any], start: int, most: int, *first: str) -> list[Any]:
    """Up to `most` units from place `start` on: what is greatest in `first` stands first, then the newest item.

    No index has that order, so in a very long list it holds within each `AT_ONCE` of the newest items.
    """
    begin = start // AT_ONCE * AT_ONCE
    found = list(rows.order_by("-item", "-pk").values_list("pk", *first)[begin : begin + AT_ONCE + 1])
    # stable: equal ones stay as the items came; the one too many belongs to what follows
    ordered = sorted(found[:AT_ONCE], key=lambda row: row[1:], reverse=True) + found[AT_ONCE:]
    wanted = [row[0] for row in ordered[start - begin : start - begin + most]]
    units = {unit.pk: unit for unit in rows.filter(pk__in=wanted)}
    return [units[pk] for pk in wanted if pk in units]


def disputed(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those with different answers."""
    return rows.filter(mixed=True)


def confused(rows: QuerySet[Any], measured: Measured, a: Coded, b: Coded, *, start: int, most: int) -> Sequence[Unit]:
    """Up to `most` units from place `start` on in which the two labels meet, newest guideline version first."""
    if not is_parted(measured.level) or measured.level not in LABELLED:
        return part_of(holding(rows, a, b), start, most, "newest")
    looked_at = disputed(rows).order_by("-item", "-pk")[:LOOKED_AT].iterator(chunk_size=200)
    found = [unit for unit in looked_at if _meet(unit.counts, measured, str(a), str(b))]
    return sorted(found, key=lambda unit: -unit.newest)[start : start + most]


def _meet(counts: Counts, measured: Measured, a: str, b: str) -> bool:
    """Whether some characters or some object were given one label by one person and the other by another."""
    level = measured.level
    if not is_parted(level):
        return False
    given: list[tuple[Coded, int]] = [(value, n) for value, n in counts if value is not None]
    both = {a, b} if level == "boxes" else {set_key([a]), set_key([b])}
    return any(both <= {value for value, _ in part} for part, _ in parts_of(level, tuple(given)))


def uses(counts: Counts, measured: Measured, label: str) -> bool:
    """Whether an answer of spans or boxes holds the label."""
    return is_parted(measured.level) and any(
        label_uses(measured.level, value)[label] for value, _ in counts if value is not None
    )


def people_by_pseudonym(project: Project, question: str, wanted: Iterable[str]) -> list[UUID]:
    """The annotators behind pseudonyms, in the order asked for; those nobody has are left out."""
    people = Rater.objects.filter(project=project, question=question).values_list("annotator", flat=True).distinct()
    known = {pseudonym(project.id, user): user for user in people}
    return [known[name] for name in wanted if name in known]


def shared(rows: QuerySet[Any], question: str, left: UUID, right: UUID) -> QuerySet[Any]:
    """The units that both people answered. Each has `differ`: whether they answered it differently."""

    def answer(user: UUID) -> Subquery:
        given = Annotation.objects.filter(
            round=OuterRef("round"), item=OuterRef("item"), annotator=user, ended_event=None, blind=True
        )
        return Subquery(given.values_list(KeyTransform(question, "answers"))[:1])

    own = Annotation.objects.filter(project=OuterRef("project"), item=OuterRef("item"), annotator=left)
    rows = rows.filter(Exists(own), annotators__contains=[left, right])
    rows = rows.annotate(left=answer(left), right=answer(right))
    return rows.annotate(differ=_Differ(F("left"), F("right")))


class _Differ(Func):
    """Whether two JSON values are not the same."""

    template = "(%(expressions)s)"
    arg_joiner = " IS DISTINCT FROM "
    output_field = BooleanField()


@dataclass(frozen=True)
class Said:
    """What one of two people answered about an item."""

    item: UUID
    annotator: UUID
    value: Coded | None


def said_by(
    versions: Sequence[GuidelineVersion], question: str, units: Sequence[Unit], people: Sequence[UUID]
) -> Iterator[Said]:
    """The coded answers of these people about the items of some units."""
    coders = {unit.round_id: Coder(versions, unit.round.created_at) for unit in units}
    given = Annotation.objects.filter(
        round__in=coders, item__in=[unit.item_id for unit in units], annotator__in=people, ended_event=None, blind=True
    ).select_related("guideline_version", "item")
    for annotation in given:
        number = annotation.guideline_version.number if annotation.guideline_version else None
        answers: dict[str, Any] = annotation.answers
        for name, value in coders[annotation.round_id].coded(number, answers, annotation.item.fields):
            if name == question:
                yield Said(annotation.item_id, annotation.annotator_id, value)
