"""Decided cases handed down as gold items."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from adjudication.models import Case, Decision
from annotation.errors import NoGuideline
from annotation.models import GoldItem
from annotation.services import NewGold, add_gold_items
from annotation.training import gold_items_of, gold_problems
from events.actor import Actor
from guidelines.selectors import current_version, label_schema_of
from projects.models import Project

MOST_LOOKED_AT = 5000


def usable_decisions(project: Project) -> QuerySet[Decision]:
    """The decisions in force that gave an answer, on items that are no gold items yet; the newest first."""
    known = gold_items_of(project).filter(item=OuterRef("case__item"))
    rows = Decision.objects.filter(
        case__project=project, case__state=Case.State.DECIDED, ended_event=None, outcome=Decision.Outcome.ANSWER
    )
    return rows.filter(~Exists(known)).select_related("case__item").order_by("-decided_at", "-pk")


def add_decided_cases(*, by: Actor, project: Project, limit: int, use: str, now: datetime) -> list[GoldItem]:
    """Make gold items of the newest decided cases, one an item; the rationale is their explanation.

    Items with an open case, and answers that the present label schema no longer takes, are passed over.
    Raises NoGuideline.
    """
    version = current_version(project)
    if version is None:
        raise NoGuideline
    schema, keys = label_schema_of(version), {clause["key"] for clause in version.clauses}
    by_item: dict[UUID, list[Decision]] = defaultdict(list)
    for decision in usable_decisions(project)[:MOST_LOOKED_AT]:
        by_item[decision.case.item_id].append(decision)
    waiting = [Case.State.OPEN, Case.State.ESCALATED]
    undecided = set(Case.objects.filter(item__in=by_item, state__in=waiting).values_list("item", flat=True))
    rows: list[NewGold] = []
    for item_id, decisions in by_item.items():
        item = decisions[0].case.item
        answers = {d.case.question: d.answer for d in reversed(decisions)}
        if item_id in undecided or gold_problems(schema, answers, item.fields):
            continue
        clauses = [key for key in dict.fromkeys(k for d in decisions for k in d.clauses) if key in keys]
        rows.append(
            NewGold(item, answers, _explanation(decisions), clauses, use, GoldItem.Source.DECIDED, decisions[0].case_id)
        )
        if len(rows) == limit:
            break
    return add_gold_items(by=by, project=project, rows=rows, now=now) if rows else []


def _explanation(decisions: Sequence[Decision]) -> str:
    return "\n\n".join(dict.fromkeys(d.rationale for d in reversed(decisions) if d.rationale))
