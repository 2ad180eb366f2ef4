"""Changing a batch that people may be working on: what its queue must learn of it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from annotation.models import Round
from annotation.selectors import production_round, visible_rounds
from annotation.services import change_overlap, reorder_entries
from events.actor import Actor
from intake import services as intake
from intake.models import Batch
from projects.models import Project


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


def shown_rounds(project: Project) -> QuerySet[Round]:
    """The rounds that managers are shown: none whose batch is still loading."""
    return visible_rounds(project).exclude(batch__state=Batch.State.LOADING)
