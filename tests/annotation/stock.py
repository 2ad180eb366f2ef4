"""A project that is ready to be labelled."""

from datetime import timedelta

from django.utils import timezone

from annotation import services
from annotation.models import Assignment
from projects import services as projects
from projects.models import Membership
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


def ready_policies(people=8, items=10):
    """A project with one batch for every way of giving out, its people in two teams: (project, people, batches).

    `batches` is policy -> (batch, items, round); each can be finished by the people that it is for.
    """
    project, users, _, _ = ready(0, people)
    by = actor(project.created_by)
    for number, user in enumerate(users):
        member = Membership.objects.get(project=project, user=user)
        team = ("Day", "Night")[number % 2]
        projects.change_member(by=by, member=member, roles=None, team=team, verify=lambda _: None)
    half = max(1, people // 2)
    enough = -(-items * 2 // people) + items  # leaves room for who comes late
    policies = {
        "overlap of one": {"overlap": 1},
        "overlap of three": {"overlap": min(3, people)},
        "random order": {"overlap": 2, "order": "random"},
        "urgent": {"overlap": 2, "priority": 10},
        "for a team": {"overlap": min(2, half), "reserved_for": {"teams": ["Day"]}},
        "for persons": {"overlap": 2, "reserved_for": {"annotators": [str(u.id) for u in users[:half]]}},
        "quota": {"overlap": 2, "quota": enough},
    }
    return project, users, {name: make_items(project, items, name=name, **policy) for name, policy in policies.items()}
