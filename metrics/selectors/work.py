"""How much of the planned overlap is reached, and how long the rest has been waiting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum

from annotation.models import Assignment, QueueEntry, Round
from annotation.selectors import counting_rounds
from projects.models import Project


@dataclass(frozen=True)
class BatchWork:
    """One batch. `planned` answers in all, `reached` of them submitted, `in_hand` with annotators now."""

    name: str
    overlap: int
    items: int
    waiting: int
    planned: int
    reached: int
    in_hand: int
    since: datetime

    @property
    def percent(self) -> int:
        return round(100 * self.reached / self.planned) if self.planned else 100


def work_of(project: Project) -> Sequence[BatchWork]:
    """Batches that people are given, the oldest with work left first."""
    rounds = counting_rounds(project).filter(kind=Round.Kind.PRODUCTION).select_related("batch")
    entries = QueueEntry.objects.filter(round__in=rounds.values("pk")).order_by().values("round")
    waiting = entries.annotate(
        items=Count("pk"), open=Count("pk", filter=Q(free__gt=0)), planned=Sum("overlap"), free=Sum("free")
    )
    found = {row["round"]: row for row in waiting}
    leased = Assignment.objects.filter(state=Assignment.State.LEASED, round__in=rounds.values("pk"))
    in_hand = dict(leased.order_by().values("round").annotate(n=Count("pk")).values_list("round", "n"))
    lines = []
    for one in rounds:
        row = found.get(one.pk)
        if row is not None:
            taken = in_hand.get(one.pk, 0)
            lines.append(
                BatchWork(
                    name=one.batch.name if one.batch else "",
                    overlap=one.overlap or 0,
                    items=row["items"],
                    waiting=row["open"],
                    planned=row["planned"],
                    reached=row["planned"] - row["free"] - taken,
                    in_hand=taken,
                    since=one.created_at,
                )
            )
    return sorted(lines, key=lambda line: (line.waiting == 0, line.since))
