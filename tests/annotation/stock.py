"""A project that is ready to be labelled."""

from datetime import timedelta

from django.utils import timezone

from annotation import services
from annotation.models import Assignment
from tests.factories import acknowledge, actor, make_items, make_member, make_project, publish_guideline

ANSWER = {"tone": "calm"}


def ready(items=3, people=1, **project):
    """A project with a published guideline, acknowledged by its annotators. Returns (project, people, items, round)."""
    made = make_project(**project)
    publish_guideline(made)
    users = [make_member(made, "annotator") for _ in range(people)]
    acknowledge(made, *users)
    _, rows, opened = make_items(made, items)
    return made, users, rows, opened


def take(user, project, count=1):
    return services.next_assignments(user=user, project=project, count=count, by=actor(user), now=timezone.now())


def submit(user, assignment, answers=None, **more):
    return services.submit_annotation(
        by=actor(user), assignment_id=assignment.id, fence=more.pop("fence", assignment.fence),
        answers=ANSWER if answers is None else answers, lead_time_ms=1200, now=timezone.now(), **more,
    )  # fmt: skip


def run_out(*assignments, sweep=True):
    """The time of these leases is over; with `sweep` their slots are free."""
    ids = [a.pk for a in assignments]
    Assignment.objects.filter(pk__in=ids).update(expires_at=timezone.now() - timedelta(seconds=5))
    if sweep:
        services.expire_leases()
