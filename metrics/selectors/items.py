"""The items behind a confusion, and who may see which items disagree."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import Annotation, Assignment
from annotation.selectors import counting_rounds
from guidelines.schema.kind import Coded
from metrics.models import Unit
from projects.access import Access
from projects.models import Project, Role


def mixed_units(project: Project, *, question: str, a: Coded, b: Coded, version: int) -> QuerySet[Unit]:
    """Units of the counting rounds whose current answers hold both labels."""
    rows = Unit.objects.filter(
        project=project, question=question, version=version, round__in=counting_rounds(project)
    ).select_related("item")
    return rows.filter(counts__contains=[[a]]).filter(counts__contains=[[b]])


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


def newest_versions(units: Iterable[Unit]) -> dict[tuple[UUID, UUID], int]:
    """(round, item) -> the newest guideline version under which it was answered."""
    places = [(unit.round_id, unit.item_id) for unit in units]
    rows = Unit.objects.filter(
        round__in={place[0] for place in places}, item__in={place[1] for place in places}, version__gte=0
    ).filter(Q(question__in={unit.question for unit in units}))
    newest: dict[tuple[UUID, UUID], int] = {}
    for unit in rows:
        place = (unit.round_id, unit.item_id)
        newest[place] = max(newest.get(place, 0), unit.version)
    return newest
