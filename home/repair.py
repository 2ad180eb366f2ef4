"""Recomputing the counters that may be recomputed: `free` of the queue, counted units, cases."""

from django.utils import timezone

from adjudication.selectors import may_raise_cases
from adjudication.services import raise_round_cases
from annotation.models import Round
from annotation.services.rounds import repair_counts
from events.actor import SYSTEM
from metrics.services.repair import rebuild_project
from projects.models import Project


def recount() -> dict[str, int]:
    """Repair what can be recomputed and say how much of each was wrong."""
    repaired = {"queue_entries": repair_counts(), "units": 0, "rounds_asked_for_cases": 0}
    for project in Project.objects.all():
        repaired["units"] += rebuild_project(project=project)
    for one in Round.objects.exclude(state=Round.State.LOADING).select_related("project"):
        if may_raise_cases(one):
            raise_round_cases(by=SYSTEM, round=one, now=timezone.now())
            repaired["rounds_asked_for_cases"] += 1
    return repaired
