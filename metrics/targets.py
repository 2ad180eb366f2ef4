"""The targets of a project: what the alpha of each question shall reach, and why.

Each change is a row of its own under the next number, so it can always be said what held when a figure was computed.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from metrics.models import Target as TargetRow
from metrics.verdict import CUSTOMARY, Target
from projects.models import Project


def target_rows(project: Project) -> QuerySet[TargetRow]:
    """Every target that was ever set, the newest first."""
    return TargetRow.objects.filter(project=project).order_by("-created_at", "-pk")


def own_targets(project: Project, at: datetime | None = None) -> dict[str, Target]:
    """Question -> the target in force, now or as it was `at` a time, for the questions that have one of their own."""
    rows = TargetRow.objects.filter(project=project)
    if at is not None:
        rows = rows.filter(created_at__lte=at)
    newest = rows.order_by("question", "-number").distinct("question")
    return {
        row.question: Target(row.alpha, row.reason, row.number)
        for row in sorted(newest, key=lambda row: row.question)
        if row.alpha is not None
    }


def targets_of(project: Project, questions: Iterable[str], at: datetime | None = None) -> dict[str, Target]:
    """Question -> its target, the customary one where it has none of its own. One query."""
    own = own_targets(project, at)
    return {question: own.get(question, CUSTOMARY) for question in questions}


def target_of(project: Project, question: str, at: datetime | None = None) -> Target:
    """What the alpha of this question shall reach: its own target, or the customary 0.667.

    With `at` the one that was in force then, as runs keep it.
    """
    return targets_of(project, [question], at)[question]
