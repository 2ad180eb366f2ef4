"""Counting a round anew where its counts went wrong."""

from annotation.models import Round
from metrics.models import Unit
from metrics.selectors.units import counted_annotations, given_by_chunks, reader_position, rounds_of
from metrics.services.units import correct_units, rebuild_patterns
from projects.models import Project

PORTION = 1000


def rebuild_project(*, project: Project) -> int:
    """Rebuild units, patterns and raters of every round, a portion of items at a time. Returns the rounds."""
    rounds = list(rounds_of(project).select_related("project"))
    for labels in rounds:
        rebuild_round(labels=labels)
    return len(rounds)


def rebuild_round(*, labels: Round) -> None:
    """Every unit counted anew, then the patterns from the units."""
    for given in given_by_chunks(counted_annotations(labels, reader_position())):
        correct_units(labels=labels, items={one.item for one in given})
    _drop_strays(labels)
    rebuild_patterns(labels=labels)


def _drop_strays(labels: Round) -> None:
    """Units of items without a counted annotation."""
    last = None
    while True:
        rows = Unit.objects.filter(round=labels).order_by("item")
        rows = rows.filter(item__gt=last) if last else rows
        items = list(rows.values_list("item", flat=True).distinct()[:PORTION])
        if not items:
            return
        correct_units(labels=labels, items=items)
        last = items[-1]
