"""Decided cases like the one at hand, shown to whoever decides. Never one on an item that the viewer labelled."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from accounts.models import User
from adjudication.models import Case, Decision
from adjudication.selectors.queue import visible_cases
from guidelines.models import GuidelineVersion
from guidelines.selectors import versions_of
from projects.models import Project

MOST = 5


@dataclass(frozen=True)
class Precedent:
    """A current decision on a case of the same pattern, or else on the same labels."""

    case: Case
    decision: Decision
    outdated: bool
    """A cited clause has changed its meaning since."""


def precedents_for(
    project: Project, cases: Sequence[Case], viewer: User, *, alike: bool = False
) -> dict[UUID, list[Precedent]]:
    """Up to five for each case, the newest first, in a fixed number of queries.

    They have the same pattern; with `alike` (one case only) cases on some of the same labels fill up the five.
    """
    asked = {(case.question, case.pattern) for case in cases}
    rows = (
        Decision.objects.filter(
            case__in=visible_cases(project, viewer).values("pk"), ended_event=None,
            case__question__in={question for question, _ in asked}, case__pattern__in={pattern for _, pattern in asked},
        )
        .annotate(place=Window(RowNumber(), partition_by=[F("case__question"), F("case__pattern")], order_by="-pk"))
        .filter(place__lte=MOST + 1)
        .select_related("case__item", "guideline_version")
        .order_by("-pk")
    )  # fmt: skip
    found: list[Decision] = list(rows)
    if alike and len(found) <= MOST:
        found += _same_labels(project, cases[0], viewer, known={d.pk for d in found})
    outdated = _outdated(project, found)
    shown: dict[UUID, list[Precedent]] = {}
    for case in cases:
        like = [d for d in found if d.case_id != case.pk and d.case.question == case.question]
        exact = [d for d in like if d.case.pattern == case.pattern]
        others = [d for d in like if d.case.pattern != case.pattern] if alike else []
        shown[case.pk] = [Precedent(d.case, d, d.pk in outdated) for d in (exact + others)[:MOST]]
    return shown


def _same_labels(project: Project, case: Case, viewer: User, known: set[UUID]) -> list[Decision]:
    """Decisions on other patterns of the question that ended with one of the answers that stand here."""
    labels = _parts(case.pattern)
    rows = (
        Decision.objects.filter(case__in=visible_cases(project, viewer).values("pk"), ended_event=None)
        .filter(case__question=case.question, case__project=project)
        .exclude(pk__in=known)
        .select_related("case__item", "guideline_version")
        .order_by("-pk")
    )
    recent = list(rows[:50])
    return [d for d in recent if _parts(d.case.pattern) & labels][:MOST]


def _parts(pattern: str) -> set[str]:
    """The answers that stand against each other, or the conflicts of spans and boxes."""
    return set(re.split(r" \| |; ", pattern))


def _outdated(project: Project, decisions: Sequence[Decision]) -> set[UUID]:
    """Those whose cited clauses a later semantic version has changed or removed."""
    pinned = [d.guideline_version.number or 0 for d in decisions if d.guideline_version is not None and d.clauses]
    if not pinned:
        return set()
    versions = list(versions_of(project).filter(number__gte=min(pinned)).order_by("number"))
    steps = [(after.number or 0, _changed_clauses(before, after)) for before, after in pairwise(versions)]
    return {
        d.pk
        for d in decisions
        if d.guideline_version is not None
        and any(n > (d.guideline_version.number or 0) and keys & set(d.clauses) for n, keys in steps)
    }


def _changed_clauses(before: GuidelineVersion, after: GuidelineVersion) -> set[str]:
    if after.change != GuidelineVersion.Change.SEMANTIC:
        return set()
    old: dict[str, Any] = {clause["key"]: clause for clause in before.clauses}
    new: dict[str, Any] = {clause["key"]: clause for clause in after.clauses}
    return {key for key, clause in old.items() if new.get(key) != clause}
