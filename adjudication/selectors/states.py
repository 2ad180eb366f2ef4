"""Where an item stands, told by the rounds that count."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Case as When_
from django.db.models import CharField, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from adjudication.models import Case
from adjudication.selectors.queue import WAITING
from annotation.models import Annotation, QueueEntry, Round
from annotation.selectors import counting_rounds
from intake.models import Item
from projects.models import Project

STATES = ("open", "labeled", "in_case", "resolved")


def with_item_state(items: QuerySet[Item], project: Project) -> QuerySet[Item]:
    """`items` with `item_state`, which can be filtered by.

    in_case: a case waits for a decision · resolved: its cases are decided · open: labels are still wanted, or there
    are none · labeled: it has all its labels and they agree.
    """
    rounds = counting_rounds(project).values("pk")
    cases = Case.objects.filter(item=OuterRef("pk"), round__in=rounds)
    submitted = (
        Annotation.objects.filter(round=OuterRef("round"), item=OuterRef("item"), ended_event=None)
        .order_by()
        .values("item")
        .annotate(n=Count("pk"))
        .values("n")
    )
    wanting = (
        QueueEntry.objects.filter(item=OuterRef("pk"), round__kind=Round.Kind.PRODUCTION)
        .annotate(submitted=Coalesce(Subquery(submitted, output_field=IntegerField()), 0))
        .filter(submitted__lt=F("overlap"))
    )
    labels = Annotation.objects.filter(item=OuterRef("pk"), round__in=rounds, ended_event=None)
    return items.annotate(
        item_state=When_(
            When(Exists(cases.filter(state__in=WAITING)), then=Value("in_case")),
            When(Exists(cases.filter(state=Case.State.DECIDED)), then=Value("resolved")),
            When(Exists(wanting) | ~Exists(labels), then=Value("open")),
            default=Value("labeled"),
            output_field=CharField(),
        )
    )


def item_states(project: Project, item_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Item -> open, labeled, in_case or resolved, in one query."""
    items = Item.objects.filter(project=project, pk__in=list(item_ids))
    return {item.pk: item.item_state for item in with_item_state(items.only("pk"), project)}  # type: ignore[attr-defined]


def items_in_state(items: QuerySet[Item], project: Project, state: str) -> QuerySet[Item]:
    """Those of `items` that stand so: one of STATES."""
    found: QuerySet[Item] = with_item_state(items, project).filter(Q(("item_state", state)))
    return found
