"""Projects of a given size for trials and load, made by the product's own services.

Above `COPY_ABOVE` items the rows are written by COPY (`home.seeding_copy`); both ways realise one plan, so they make
the same project: the first items get all their labels, and slot s of item i is labelled by annotator (i + s) mod A.
"""

import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import User
from annotation import services as annotation
from core.ids import new_id
from events import consumers, jobs
from events.actor import Actor
from events.models import Job
from events.services import seal_events
from guidelines import services as guidelines
from guidelines.models import GuidelineVersion
from home.seeding_copy import copy_project
from home.seeding_plan import LEAD_TIME, QUESTION, Plan, Size
from intake import services as intake
from projects import services as projects
from projects.models import Project, Role
from projects.scopes import scopes_of_roles

PASSWORD = "concord seed password"  # noqa: S105  # printed; seeding is refused outside trials
COPY_ABOVE = 10_000
PATIENCE = 30.0
"""Seconds without any movement after which settling gives up: a reader has stopped, and readiness says so."""


@dataclass
class Seeded:
    """What the caller needs to go on: tokens by role, sign-ins for the browser."""

    slug: str
    tokens: dict[str, Any]
    sign_ins: list[dict[str, str]] = field(default_factory=list)


@functools.cache
def _hashed() -> str:
    """Hashed once: everybody's password is the same, and slow to hash by intent."""
    return make_password(PASSWORD)


def _person(kind: str) -> User:
    mark = new_id().hex[-12:]
    user = User.objects.create_user(
        f"{kind}-{mark}@seed.example", None, name=f"{kind.capitalize()} {mark[-4:]}", joined_at=timezone.now(),
        can_create_projects=kind == "manager",
    )  # fmt: skip
    user.password = _hashed()
    user.save(update_fields=["password"])
    return user


def token_of(user: User, roles: set[str]) -> str:
    """A token with every scope that its owner may have, not limited to one project."""
    scopes = scopes_of_roles(roles | ({Role.MANAGER} if user.can_create_projects else set())) or {"tokens:manage"}
    _, secret = projects.create_token(by=Actor(user, "seed"), name="seed", scopes=scopes, now=timezone.now())
    return secret


def _schema(size: Size) -> dict[str, Any]:
    labels = [{"value": f"label_{n}", "title": f"Label {n}", "clause": f"label-{n}"} for n in range(size.labels)]
    return {
        "questions": [{"name": QUESTION, "kind": "choice", "title": "Which label?", "required": True, "labels": labels}]
    }


def _clauses(size: Size) -> list[dict[str, Any]]:
    return [
        {"key": f"label-{n}", "title": f"Label {n}", "question": QUESTION, "label": f"label_{n}", "examples": [],
         "definition": f"Items of group {n}.", "use_when": "It fits.", "avoid_when": "Another fits better."}
        for n in range(size.labels)
    ]  # fmt: skip


def seed_project(size: Size) -> Seeded:
    """One project of its own people: guideline, items, labels."""
    manager = _person("manager")
    lead = Actor(manager, "seed")
    project = projects.create_project(
        by=lead, slug=f"seed-{new_id().hex[-12:]}", name="Seeded project", overlap=size.overlap,
        fields=[{"name": "text", "type": "text", "title": "Text", "required": True}],
    )  # fmt: skip
    people = {
        Role.ANNOTATOR: [_person("annotator") for _ in range(size.annotators)],
        Role.ADJUDICATOR: [_person("adjudicator") for _ in range(2)],
        Role.CONSUMER: [_person("consumer")],
    }
    for role, users in people.items():
        for user in users:
            projects.add_existing_member(by=lead, project=project, user=user, roles=[role])
    version = guidelines.publish_version(
        by=lead, project=project, change="semantic", note="Seeded.", now=timezone.now(), clauses=_clauses(size),
        label_schema=_schema(size),
    )  # fmt: skip
    for user in people[Role.ANNOTATOR]:
        guidelines.acknowledge_version(by=Actor(user, "seed"), version=version, now=timezone.now())
    _fill(project, lead, size, people[Role.ANNOTATOR], version)
    everybody = [(manager, Role.MANAGER)] + [(u, role) for role, users in people.items() for u in users]
    tokens = {user.pk: token_of(user, {role}) for user, role in everybody}
    return Seeded(
        slug=project.slug,
        tokens={
            "manager": tokens[manager.pk],
            "annotators": [tokens[u.pk] for u in people[Role.ANNOTATOR]],
            "adjudicators": [tokens[u.pk] for u in people[Role.ADJUDICATOR]],
            "consumer": tokens[people[Role.CONSUMER][0].pk],
        },
        sign_ins=[
            {"email": u.email, "password": PASSWORD, "role": str(role), "project": project.slug}
            for u, role in everybody
        ],
    )


def _fill(project: Project, lead: Actor, size: Size, annotators: Sequence[User], version: GuidelineVersion) -> None:
    batch = intake.create_batch(by=lead, project=project, name="seed")
    plan = Plan(project, batch, lead, size, annotators, version)
    fill = copy_project if size.items > COPY_ABOVE else fill_by_services
    fill(plan)


def fill_by_services(plan: Plan) -> None:
    """Items, queue and labels as people and pipelines would make them."""
    for rows in plan.items():
        intake.create_items(by=plan.lead, project=plan.project, batch=plan.batch, rows=rows)
    annotation.open_production_round(by=plan.lead, batch=plan.batch, now=timezone.now())
    for item in range(plan.size.labelled):
        for slot in range(plan.size.overlap):
            _label(plan, item, plan.annotator_of(item, slot))


def _label(plan: Plan, item: int, index: int) -> None:
    """The queue gives the first item that is not full to whoever has not labelled it: that is the plan's."""
    user = plan.annotators[index]
    by = Actor(user, "seed")
    given = annotation.next_assignments(user=user, project=plan.project, count=1, by=by, now=timezone.now())
    (assignment,) = given.assignments
    if assignment.item.metadata["n"] != item:
        raise RuntimeError(f"the queue gave {assignment.item.external_id} where item {item} was due")
    annotation.submit_annotation(
        by=by, assignment_id=assignment.id, fence=assignment.fence, lead_time_ms=LEAD_TIME, now=timezone.now(),
        answers=plan.answers(item, index),
    )  # fmt: skip


def settle() -> None:
    """Seal, let the readers read and carry out what they ask for, so that cases and agreement are there.

    Workers that run beside this do the same; whoever comes first does it, and the end is waited for.
    """
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        moved = seal_events() + consumers.run_consumers()
        active = Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])
        waiting = list(active.filter(state=Job.State.QUEUED).order_by("created_at")[:50])
        for job in waiting:
            jobs.run(job.id)
        if moved or waiting:
            until = time.monotonic() + PATIENCE
        elif not active.exists() and not any(consumers.lagging_consumers().values()):
            return
        else:
            time.sleep(0.1)


def seed(size: Size, base_url: str) -> dict[str, Any]:
    """Make the projects and an outsider; what `manage.py seed --json` prints."""
    made = [seed_project(size) for _ in range(size.projects)]
    settle()
    return {
        "base_url": base_url,
        "projects": [{"slug": one.slug, "tokens": one.tokens} for one in made],
        "outsider": token_of(_person("outsider"), set()),
        "sign_ins": [sign_in for one in made for sign_in in one.sign_ins],
    }
