"""Putting an aggregation policy in force."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from adjudication.methods import checked_methods
from adjudication.models import AggregationPolicy
from adjudication.selectors import schema_at
from adjudication.selectors.policies import content_of_policy, policy_at
from core.errors import Invalid
from events.actor import Actor
from events.services import append_event, next_event_id
from guidelines.schema.schema import LabelSchema
from projects.models import Project


@transaction.atomic
def set_aggregation_policy(
    *, by: Actor, project: Project, methods: Mapping[str, Any], note: str, now: datetime,
    verify: Callable[[AggregationPolicy], None],
) -> AggregationPolicy:  # fmt: skip
    """Put a new version in force: `methods` says question -> {method, settings} and replaces the former as a whole.

    `verify` checks If-Match once the project's row is locked. Gold, releases and exports of earlier cuts keep the
    policy that was in force then. Raises Invalid with a pointer at the question, method or setting that cannot be.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    former = policy_at(project)
    verify(former)
    clean, errors = checked_methods(schema_at(project, None) or LabelSchema(()), methods)
    if errors:
        raise Invalid("The policy cannot be put in force like this.", errors=errors)
    event = next_event_id()
    policy = AggregationPolicy.objects.create(
        project=project, number=former.number + 1, methods=clean, note=note.strip(), created_by=by.required,
        created_at=now, event=event,
    )  # fmt: skip
    append_event(
        by=by, action="project.changed", project=project.id, object_type="aggregation_policy", object_id=policy.pk,
        number=policy.number, before=content_of_policy(former), after=content_of_policy(policy), event_id=event,
    )  # fmt: skip
    return policy
