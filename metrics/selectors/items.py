"""The items behind a confusion, and who may see which items disagree."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import BooleanField, Exists, F, Func, JSONField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from annotation.models import Annotation, Assignment
from annotation.selectors import counting_rounds
from guidelines.schema.kind import Coded
from intake.models import Item
from metrics.counting import ALONE
from metrics.models import Unit
from metrics.questions import Measured
from projects.access import Access
from projects.models import Project, Role

SHOWN = 200


def mixed_units(
    project: Project, *, question: str, a: Coded, b: Coded, version: int, slice: str = ALONE,  # noqa: A002  # the API's name
) -> QuerySet[Unit]:  # fmt: skip
    """Units of the counting rounds whose answers in the slice hold both labels, newest guideline version first.

    Each has `newest`, the newest version under which somebody answered it, 0 for none.
    """
    rows = Unit.objects.filter(project=project, question=question, version=version, slice=slice, mixed=True)
    rows = rows.filter(round__in=counting_rounds(project)).alias(has_a=_Holds(a), has_b=_Holds(b))
    under = Unit.objects.filter(
        round=OuterRef("round"), item=OuterRef("item"), question=OuterRef("question"), version__gt=0
    ).order_by("-version")
    newest = Coalesce(Subquery(under.values("version")[:1]), 0)
    rows = rows.filter(has_a=True, has_b=True).annotate(newest=newest)
    return rows.select_related("item").order_by("-newest", "-item")


class _Holds(Func):
    """Whether counts hold a value. Containment would take the count 3 for the value 3."""

    function = "jsonb_path_exists"
    arg_joiner = ", 'strict $[*] ? (@[0] == $v)'::jsonpath, "
    output_field = BooleanField()

    def __init__(self, value: Coded) -> None:
        super().__init__(F("counts"), Value({"v": value}, JSONField()))


def open_to(access: Access, units: QuerySet[Unit]) -> QuerySet[Unit]:
    """Without the items that would tell somebody how others answered before they may know."""
    mine = Assignment.objects.filter(item=OuterRef("item"), annotator=access.user)
    if access.has(Role.ANNOTATOR):
        if not access.is_manager:
            return units.none()
        return units.filter(Exists(mine.filter(state__in=_DONE))).filter(~Exists(mine.filter(state=_HELD)))
    if access.is_manager:
        return units
    answered = Annotation.objects.filter(item=OuterRef("item"), annotator=access.user)
    return units.filter(~Exists(answered), ~Exists(mine.filter(state__in=Assignment.LIVE)))


_DONE = [Assignment.State.SUBMITTED, Assignment.State.SKIPPED]
_HELD = Assignment.State.LEASED


def open_items(access: Access, items: Iterable[str]) -> set[str]:
    """Those of the named items about which `access` may be told that people disagree."""
    wanted = [UUID(item) for item in items]
    if access.is_manager and not access.has(Role.ANNOTATOR):
        return {str(item) for item in wanted}
    rows = open_to(access, Unit.objects.filter(project=access.project, item__in=wanted))
    return {str(item) for item in rows.values_list("item", flat=True).distinct()}


def external_ids(items: Iterable[str]) -> dict[str, str | None]:
    """Item -> the name by which its source knows it."""
    rows = Item.objects.filter(pk__in=list(items)).values_list("pk", "external_id")
    return {str(pk): external_id for pk, external_id in rows}


@dataclass(frozen=True)
class ItemLine:
    """One item of the list: a beginning of its text and how often each label was given."""

    item: UUID
    external_id: str
    text: str
    answers: str
    version: int | None


def item_lines(units: Iterable[Unit], measured: Measured) -> list[ItemLine]:
    """Units of `mixed_units` as lines."""
    return [
        ItemLine(
            item=unit.item_id,
            external_id=unit.item.external_id or "",
            text=_beginning(unit),
            answers=", ".join(f"{n} × {measured.title_of(value)}" for value, n in unit.counts if value is not None),
            version=getattr(unit, "newest", 0) or None,
        )
        for unit in units
    ]


def _beginning(unit: Unit) -> str:
    """The item's first text."""
    texts = (value for value in unit.item.fields.values() if isinstance(value, str))
    return next(texts, "")[:SHOWN]
