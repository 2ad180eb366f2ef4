"""Which aggregation policy holds: now, or at a cut of the log."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from adjudication.models import AggregationPolicy
from events.selectors import held_at
from projects.models import Project

Methods = Mapping[str, Mapping[str, Any]]
"""Question -> {method, settings}."""


def policies_of(project: Project) -> QuerySet[AggregationPolicy]:
    """All of them, the newest first."""
    return AggregationPolicy.objects.filter(project=project).order_by("-number")


def policy_at(project: Project, as_of: int | None = None) -> AggregationPolicy:
    """The policy in force at a cut; None means now.

    Where none was set there is number 0, not stored: it names no method, so open disagreements have no gold.
    """
    found = held_at(policies_of(project), project=project.id, as_of=as_of, ended=None).first()
    return found or AggregationPolicy(project=project, number=0)


def content_of_policy(policy: AggregationPolicy) -> dict[str, Any]:
    """What people set: also what the ETag and the event's hashes cover."""
    return {"number": policy.number, "methods": policy.methods, "note": policy.note}
