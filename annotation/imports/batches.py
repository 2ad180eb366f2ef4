"""Changing a batch that people may be working on: what its queue must learn of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet, Sum

from annotation.models import Assignment, QueueEntry, Round
from annotation.selectors import production_round, visible_rounds
from annotation.services import change_overlap, reorder_entries
from events.actor import Actor
from intake import services as intake
from intake.audiences import Audience, audience_of
from intake.models import Batch
from projects.models import Membership, Project
from projects.selectors import annotators_of


@transaction.atomic
def change_batch(*, by: Actor, batch: Batch, changes: Mapping[str, Any], verify: Callable[[Batch], None]) -> Batch:
    """Change a batch, and hand a higher overlap or another order on to its queue.

    Priority, quota and audience are read at each `next`. Open leases stay with who holds them.
    Raises Stale (from `verify`), BatchExists, OverlapLowered, OrderFixed, Invalid.
    """
    former: list[str] = []

    def look(locked: Batch) -> None:
        verify(locked)
        former.append(locked.order)

    changed = intake.change_batch(by=by, batch=batch, changes=changes, verify=look)
    labels = production_round(changed)
    if labels is None:
        return changed
    wanted = changed.overlap or changed.project.overlap
    if "overlap" in changes and wanted > (labels.overlap or 0):
        change_overlap(by=by, round=labels, overlap=wanted)
    if changed.order not in former:
        labels.batch = changed
        reorder_entries(round=labels)
    return changed


@dataclass(frozen=True)
class BatchLine:
    """A batch as its manager sees it: slots with an answer, in hand and waiting, and for whom they are.

    `short` is how many annotators are missing for its overlap: nobody labels an item twice.
    """

    batch: Batch
    audience: Audience
    people: dict[UUID, str]
    overlap: int
    filled: int
    in_hand: int
    of: int
    short: int

    @property
    def waiting(self) -> int:
        return self.of - self.filled - self.in_hand

    @property
    def reserved_words(self) -> str:
        """Whom it is for, in words; empty for everybody."""
        names = [f"team {name}" for name in sorted(self.audience.teams.values())]
        return ", ".join(names + sorted(self.people.values()))


def batch_lines(project: Project, batches: Sequence[Batch]) -> list[BatchLine]:
    """Progress and audience of these batches, in a fixed number of queries."""
    rounds = Round.objects.filter(project=project, batch__in=batches, kind=Round.Kind.PRODUCTION)
    entries = QueueEntry.objects.filter(round__in=rounds).order_by().values("round__batch")
    slots = {row["round__batch"]: row for row in entries.annotate(of=Sum("overlap"), free=Sum("free"))}
    leased = Assignment.objects.filter(round__in=rounds, state=Assignment.State.LEASED).order_by()
    held = dict(leased.values("round__batch").annotate(n=Count("pk")).values_list("round__batch", "n"))
    members = list(annotators_of(project))
    lines = []
    for batch in batches:
        row, in_hand = slots.get(batch.pk, {"of": 0, "free": 0}), held.get(batch.pk, 0)
        audience, overlap = audience_of(batch), batch.overlap or project.overlap
        mine = [m for m in members if _is_for(audience, m)]
        lines.append(
            BatchLine(
                batch,
                audience,
                {m.user_id: m.user.label for m in members if m.user_id in audience.annotators},
                overlap,
                row["of"] - row["free"] - in_hand,
                in_hand,
                row["of"],
                max(0, overlap - len(mine)),
            )
        )
    return lines


def _is_for(audience: Audience, member: Membership) -> bool:
    everybody = not audience.teams and not audience.annotators
    return everybody or member.user_id in audience.annotators or member.team_id in audience.teams


def shown_rounds(project: Project) -> QuerySet[Round]:
    """The rounds that managers are shown: none whose batch is still loading."""
    return visible_rounds(project).exclude(batch__state=Batch.State.LOADING)
