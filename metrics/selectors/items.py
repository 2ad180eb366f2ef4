"""Items in lists, and who may see which items disagree."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import BooleanField, Exists, F, Func, JSONField, OuterRef, QuerySet, Value

from annotation.models import Annotation, Assignment
from guidelines.schema.kind import Coded
from intake.models import Item
from metrics.models import Unit
from metrics.questions import Measured
from projects.access import Access
from projects.models import Role

SHOWN = 200


def holding(rows: QuerySet[Unit], a: Coded, b: Coded) -> QuerySet[Unit]:
    """The units whose answers hold both labels."""
    return rows.alias(has_a=_Holds(a), has_b=_Holds(b)).filter(mixed=True, has_a=True, has_b=True)


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
    """Units as lines. Those that know the `newest` version under which somebody answered say it."""
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
