"""Stock people, projects and guidelines for tests, made by the product's own services."""

import itertools
from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from core.ids import new_id
from events import consumers, jobs
from events import services as log
from events.actor import Actor
from events.models import Job
from projects import services as projects
from projects.models import Membership, Project
from projects.scopes import SCOPES, scopes_of_roles

_numbers = itertools.count(1)
PASSWORD = "a long enough password 1"

FIELDS = [{"name": "text", "type": "text", "title": "Text", "required": True}]
CHOICE = {
    "name": "tone",
    "kind": "choice",
    "title": "What is the tone?",
    "required": True,
    "labels": [
        {"value": "calm", "title": "Calm", "clause": "calm"},
        {"value": "angry", "title": "Angry", "clause": "angry"},
        {"value": "unsure", "title": "Unsure"},
    ],
}
RATING = {"name": "force", "kind": "rating", "title": "How strong?", "required": True, "min": 1, "max": 5}
CLAUSES = [
    {"key": "calm", "title": "Calm", "question": "tone", "label": "calm", "definition": "No heat at all.",
     "use_when": "The words are even.", "avoid_when": "There is an insult.", "examples": []},
    {"key": "angry", "title": "Angry", "question": "tone", "label": "angry", "definition": "Heat or insult.",
     "use_when": "There is an insult.", "avoid_when": "The words are even.", "examples": []},
]  # fmt: skip


def make_user(email: str | None = None, **fields: Any) -> User:
    """A person who has joined and may sign in with PASSWORD."""
    number = next(_numbers)
    fields.setdefault("name", f"Person {number}")
    return User.objects.create_user(
        email or f"person{number}@example.org", PASSWORD, joined_at=timezone.now(), **fields
    )


def actor(user: User | None = None, request_id: str = "test-request") -> Actor:
    return Actor(user, request_id)


def make_project(manager: User | None = None, **fields: Any) -> Project:
    manager = manager or make_user(can_create_projects=True)
    number = next(_numbers)
    fields.setdefault("slug", f"project-{number}")
    fields.setdefault("name", f"Project {number}")
    fields.setdefault("fields", FIELDS)
    return projects.create_project(by=actor(manager), **fields)


def make_member(project: Project, *roles: str, user: User | None = None) -> User:
    user = user or make_user()
    projects.add_existing_member(by=actor(project.created_by), project=project, user=user, roles=roles)
    return user


def publish_guideline(project: Project, questions: list[dict[str, Any]] | None = None, **changes: Any) -> Any:
    """Publish the next version of the guideline as the project's maker."""
    from guidelines import selectors  # the room may be absent where lower floors are tested alone
    from guidelines import services as guidelines

    if selectors.current_version(project) is not None:
        changes.setdefault("review", new_id())  # every version after the first comes out of a review

    return guidelines.publish_version(
        by=actor(project.created_by),
        project=project,
        change=changes.pop("change", "semantic"),
        note=changes.pop("note", "For the test."),
        now=timezone.now(),
        clauses=changes.pop("clauses", CLAUSES),
        label_schema={"questions": questions if questions is not None else [CHOICE]},
        **changes,
    )


def acknowledge(project: Project, *users: User) -> None:
    """Every user reads the current version."""
    from guidelines import selectors  # see publish_guideline
    from guidelines import services as guidelines

    version = selectors.current_version(project)
    for user in users:
        guidelines.acknowledge_version(by=actor(user), version=version, now=timezone.now())


def make_items(project: Project, number: int = 3, texts: list[str] | None = None, **batch: Any) -> Any:
    """A ready batch of items with its production round. Returns (batch, items, round)."""
    from annotation import services as annotation  # see publish_guideline
    from intake import services as intake

    by, texts = actor(project.created_by), texts or [f"Text number {n}" for n in range(number)]
    made = intake.create_batch(by=by, project=project, name=batch.pop("name", f"Batch {next(_numbers)}"), **batch)
    rows = [
        intake.NewItem(external_id=f"{made.name}-{n}", fields={"text": t}, metadata={}) for n, t in enumerate(texts)
    ]
    created = intake.create_items(by=by, project=project, batch=made, rows=rows)
    opened = annotation.open_production_round(by=by, batch=made, now=timezone.now())
    return made, created.created, opened


def label(user: User, project: Project, answers: dict[str, Any] | list[dict[str, Any]], count: int = 1) -> list[Any]:
    """`user` takes up to `count` items in turn and answers each (the last answers are repeated)."""
    from annotation import services as annotation  # see publish_guideline

    done, queue = [], answers if isinstance(answers, list) else [answers]
    for index in range(count):
        given = annotation.next_assignments(user=user, project=project, count=1, by=actor(user), now=timezone.now())
        if not given.assignments:
            break
        first = given.assignments[0]
        done.append(
            annotation.submit_annotation(
                by=actor(user),
                assignment_id=first.id,
                fence=first.fence,
                answers=queue[min(index, len(queue) - 1)],
                lead_time_ms=1000,
                now=timezone.now(),
            )
        )
    return done


def token_for(user: User, scopes: list[str] | None = None, project_slugs: list[str] | None = None) -> str:
    """A token of this user: every scope that his roles allow, unless named."""
    roles = {r for m in Membership.objects.filter(user=user) for r in m.roles}
    wanted = scopes if scopes is not None else sorted(scopes_of_roles(roles) & SCOPES)
    _, secret = projects.create_token(
        by=actor(user), name="test", scopes=wanted, now=timezone.now(), projects=project_slugs
    )
    return secret


def client_for(user: User, scopes: list[str] | None = None) -> APIClient:
    """An API client that sends a token of this user."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_for(user, scopes)}")
    return client


def settle(rounds: int = 5) -> None:
    """Seal, let consumers read, and run queued jobs here, until nothing moves. Needs committed data."""
    for _ in range(rounds):
        moved = log.seal_events() + consumers.run_consumers()
        waiting = list(Job.objects.filter(state=Job.State.QUEUED).order_by("created_at"))
        for job in waiting:
            jobs.run(job.id)
        if not moved and not waiting:
            return
