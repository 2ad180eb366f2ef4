"""Reads over rounds: which exist for whom, and what an annotator is told of them."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from annotation.models import Assignment, OverlapChange, QueueEntry, Round
from events.selectors import held_at
from intake.models import Batch, BatchAudience, Item
from projects.models import Membership, Project

SERVED = (
    Round.Kind.PRODUCTION, Round.Kind.CALIBRATION, Round.Kind.RELABEL, Round.Kind.TRAINING, Round.Kind.MODEL,
    Round.Kind.GOLD,
)  # fmt: skip
"""The rounds that items are given out of."""


def visible_rounds(project: Project) -> QuerySet[Round]:
    """Rounds that exist for people: those of a running or failed import do not."""
    return Round.objects.filter(project=project).exclude(state=Round.State.LOADING)


def counting_rounds(project: Project) -> QuerySet[Round]:
    """The rounds that pages and API mean unless told otherwise: production and imports."""
    return visible_rounds(project).filter(kind__in=[Round.Kind.PRODUCTION, Round.Kind.IMPORT])


APART = (Round.Kind.TRAINING, Round.Kind.MODEL, Round.Kind.GOLD)
"""The rounds whose labels are in no figure, case or release, unless they are asked for."""


def served_rounds(project: Project) -> QuerySet[Round]:
    """Open rounds that people may be given items of."""
    ready = Q(batch=None) | Q(batch__state=Batch.State.READY)
    return Round.objects.filter(ready, project=project, state=Round.State.OPEN, kind__in=SERVED)


def meant_for(user: User, project: Project) -> QuerySet[Round]:
    """The served rounds that are for `user`: nobody else's own, no batch kept for others, for a model its own ones."""
    rounds = served_rounds(project).filter(Q(annotator=None) | Q(annotator=user))
    if user.kind == User.Kind.MODEL:
        return rounds.filter(kind=Round.Kind.MODEL)
    team = Membership.objects.filter(project=project, user=user, team__isnull=False).values("team")
    audience = BatchAudience.objects.filter(batch=OuterRef("batch"))
    mine = audience.filter(Q(user=user) | Q(team__in=team))
    return rounds.filter(~Exists(audience) | Exists(mine))


def served_for(user: User, project: Project) -> QuerySet[Round]:
    """The rounds that `user` may be given something of now: those for him without the ones whose quota is used up."""
    if user.kind == User.Kind.MODEL:
        return meant_for(user, project)  # quotas share work out among people
    taken = Assignment.objects.filter(round=OuterRef("pk"), annotator=user, state__in=Assignment.LIVE)
    number = taken.order_by().values("round").annotate(number=Count("pk")).values("number")
    used_up = Q(batch__quota__isnull=False) & Q(batch__quota__lte=Coalesce(Subquery(number), 0))
    return meant_for(user, project).exclude(used_up)


UNLIMITED = 10**9


def quota_left(user: User, round_: Any) -> int:
    """How many more items of a round with `quota` this person may be given now."""
    if round_.quota is None or round_.kind == Round.Kind.MODEL:
        return UNLIMITED
    taken = Assignment.objects.filter(round=round_, annotator=user, state__in=Assignment.LIVE)
    return max(0, round_.quota - taken.count())


def production_round(batch: Batch) -> Round | None:
    return Round.objects.filter(batch=batch, kind=Round.Kind.PRODUCTION).order_by("created_at").first()


def stand_in_round(project: Project) -> UUID | None:
    """The round that is told of a hidden gold item which was given before assignments kept one: the first of all.

    Looked up once for each project object, so once a request.
    """
    known = project.__dict__
    if "stand_in_round" not in known:
        ready = Q(batch__state=Batch.State.READY)
        rows = Round.objects.filter(ready, project=project, kind=Round.Kind.PRODUCTION).order_by("created_at", "pk")
        known["stand_in_round"] = rows.values_list("pk", flat=True).first()
    found: UUID | None = known["stand_in_round"]
    return found


def told_round(assignment: Assignment) -> UUID:
    """The round of an assignment as its holder is told it: nothing tells a hidden gold item from the others."""
    round_ = assignment.round
    if round_.kind != Round.Kind.GOLD:
        return round_.pk
    return assignment.told_round_id or stand_in_round(round_.project) or round_.pk


def told_batch(user: User, item: Item) -> UUID:
    """The batch of an item as somebody who labels it is told it."""
    hidden = Assignment.objects.filter(item=item, annotator=user, round__kind=Round.Kind.GOLD)
    given = hidden.select_related("round__project").order_by("pk").first()
    if given is None:
        return item.batch_id
    return Round.objects.filter(pk=told_round(given)).values_list("batch", flat=True).first() or item.batch_id


def overlaps_at(entries: QuerySet[QueueEntry], project: Project, as_of: int | None) -> dict[tuple[UUID, UUID], int]:
    """(item, round) -> how many answers the item was to get in that round, as a cut of the log has it."""
    found = {(item, held): n for item, held, n in entries.values_list("item", "round", "overlap")}
    if as_of is None:
        return found
    changes = OverlapChange.objects.filter(round__in={held for _, held in found})
    later = changes.exclude(pk__in=held_at(changes, project=project.id, as_of=as_of, ended=None).values("pk"))
    former = dict(later.order_by("-event").values_list("round", "before"))  # the earliest change is written last
    return {(item, held): min(n, former.get(held, n)) for (item, held), n in found.items()}
