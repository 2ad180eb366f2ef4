"""Where annotators said that the guideline does not tell them what to do."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from annotation.models import Annotation
from annotation.selectors import people_annotations
from metrics.counting import SLICES, opt_outs, values_in
from metrics.models import Pattern
from metrics.questions import ALL_VERSIONS
from metrics.selectors.items import open_items
from projects.access import Access
from projects.models import Project

SHOWN = 20
QUOTED = 500


@dataclass(frozen=True)
class Report:
    """One report. `item` is None where the reader may not know which item it was about."""

    note: str
    item: UUID | None
    at: datetime
    version: int | None


def _reports(project: Project) -> QuerySet[Annotation]:
    return people_annotations(project).filter(unclear__isnull=False)


def unclear_by_clause(project: Project) -> Counter[str]:
    """Clause key -> reports in force."""
    found: Counter[str] = Counter()
    for report in _reports(project).values_list("unclear", flat=True):
        found[str((report or {}).get("clause") or "")] += 1
    return found


def unclear_reports(access: Access, clause: str) -> tuple[list[Report], int]:
    """The newest reports about a clause, and how many there are."""
    rows = _reports(access.project).filter(unclear__clause=clause)
    newest = list(rows.select_related("guideline_version").order_by("-pk")[:SHOWN])
    known = open_items(access, (str(row.item_id) for row in newest))
    reports = [
        Report(
            note=" ".join(str((row.unclear or {}).get("note") or "").split())[:QUOTED],
            item=row.item_id if str(row.item_id) in known else None,
            at=row.created_at,
            version=row.guideline_version.number if row.guideline_version else None,
        )
        for row in newest
    ]
    return reports, rows.count() if len(newest) == SHOWN else len(newest)


def answers_to(project: Project, question: str) -> int:
    """How many answers were given to a question in the counting rounds, opt-outs too; read off the patterns."""
    rows = Pattern.objects.filter(project=project, question=question, version=ALL_VERSIONS, slice__in=["", *SLICES])
    return sum(
        (values_in(counts) + opt_outs(counts)) * units
        for counts, units in rows.values_list("counts", "units").iterator()
    )
