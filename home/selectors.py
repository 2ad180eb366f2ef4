"""Reads across every floor: counts of a project, and what each role should do next."""

from adjudication.models import Case, Decision
from annotation.models import Annotation, Round
from intake.models import Batch, Item
from metrics.models import Pattern
from projects.models import Project

ALL_VERSIONS = -1


def project_counts(project: Project) -> dict[str, int]:
    """Items, current annotations, open cases and gold answers of a project.

    Gold is what nobody needs to decide any more: units of completed rounds with one value, and cases with a decided
    answer. It is read off the count patterns, so its cost does not grow with the project.
    """
    items = Item.objects.filter(project=project, batch__state=Batch.State.READY).count()
    annotations = Annotation.objects.filter(project=project, ended_event=None).exclude(round__state=Round.State.LOADING)
    cases = Case.objects.filter(project=project, state__in=[Case.State.OPEN, Case.State.ESCALATED]).count()
    decided = Decision.objects.filter(
        case__project=project,
        ended_event=None,
        case__state=Case.State.DECIDED,
        outcome=Decision.Outcome.ANSWER,
    ).count()
    return {
        "items": items,
        "annotations": annotations.count(),
        "cases_open": cases,
        "gold": decided + _unanimous_units(project),
    }


def _unanimous_units(project: Project) -> int:
    """Units whose completed round holds one value only."""
    total = 0
    rows = Pattern.objects.filter(project=project, version=ALL_VERSIONS, units__gt=0)
    for counts, units, kind, overlap in rows.values_list("counts", "units", "round__kind", "round__overlap"):
        if len(counts) == 1 and (kind == Round.Kind.IMPORT or counts[0][1] >= (overlap or 1)):
            total += units
    return total
