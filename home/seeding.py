"""Projects of a given size for trials and load, made by the product's own services."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from accounts.models import User
from annotation import services as annotation
from core.ids import new_id
from events import consumers, jobs
from events.actor import Actor
from events.models import Job
from events.services import seal_events
from guidelines import services as guidelines
from intake import services as intake
from intake.services import NewItem
from projects import services as projects
from projects.models import Project, Role
from projects.scopes import scopes_of_roles

PASSWORD = "concord seed password"  # noqa: S105  # printed; seeding is refused outside trials
QUESTION = "label"
CHUNK = 500
WORDS = (
    "river", "stone", "lamp", "garden", "letter", "window", "bread", "cloud", "harbour", "violin", "market", "winter",
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How large each project is; `annotated` is the share of items that get all their labels."""

    projects: int = 1
    items: int = 100
    annotators: int = 5
    overlap: int = 3
    labels: int = 4
    annotated: float = 0.0


@dataclass
class Seeded:
    """What the caller needs to go on: tokens by role, sign-ins for the browser."""

    slug: str
    tokens: dict[str, Any]
    sign_ins: list[dict[str, str]] = field(default_factory=list)


def text_of(number: int) -> str:
    draw = random.Random(number)  # noqa: S311  # filler texts, no secret
    return f"Item {number}: " + " ".join(draw.choice(WORDS) for _ in range(12)) + "."


def label_of(number: int, annotator: int, labels: int) -> str:
    """Mostly the item's own label; one in six answers is another, so that cases exist."""
    draw = random.Random(f"{number}:{annotator}")  # noqa: S311  # as above
    own = number % labels
    return f"label_{(own + 1) % labels if draw.random() < 1 / 6 else own}"


def _person(kind: str) -> User:
    mark = new_id().hex[-12:]
    return User.objects.create_user(
        f"{kind}-{mark}@seed.example", PASSWORD, name=f"{kind.capitalize()} {mark[-4:]}", joined_at=timezone.now(),
        can_create_projects=kind == "manager",
    )  # fmt: skip


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
    _fill(project, lead, size, people[Role.ANNOTATOR])
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


def _rows(size: Size) -> Iterator[list[NewItem]]:
    for start in range(0, size.items, CHUNK):
        numbers = range(start, min(start + CHUNK, size.items))
        yield [NewItem(external_id=f"item-{n:07d}", fields={"text": text_of(n)}, metadata={"n": n}) for n in numbers]


def _fill(project: Project, lead: Actor, size: Size, annotators: list[User]) -> None:
    batch = intake.create_batch(by=lead, project=project, name="seed")
    for rows in _rows(size):
        intake.create_items(by=lead, project=project, batch=batch, rows=rows)
    annotation.open_production_round(by=lead, batch=batch, now=timezone.now())
    wanted = int(size.items * size.annotated) * size.overlap
    _label(project, annotators, size, wanted)


def _label(project: Project, annotators: list[User], size: Size, wanted: int) -> None:
    """Annotators take turns through the queue until `wanted` annotations are there."""
    done, busy = 0, list(enumerate(annotators))
    while done < wanted and busy:
        for index, user in list(busy):
            by = Actor(user, "seed")
            given = annotation.next_assignments(
                user=user, project=project, count=1, by=by, now=timezone.now()
            ).assignments
            if not given:
                busy.remove((index, user))
                continue
            item = given[0].item
            label = label_of(int(item.metadata["n"]), index, size.labels)
            annotation.submit_annotation(
                by=by, assignment_id=given[0].id, fence=given[0].fence, answers={QUESTION: label}, lead_time_ms=2000,
                now=timezone.now(),
            )  # fmt: skip
            done += 1
            if done == wanted:
                return


def settle() -> None:
    """Seal, let the readers read and carry out what they ask for, so that cases and agreement are there."""
    for _ in range(1000):
        moved = seal_events() + consumers.run_consumers()
        waiting = list(Job.objects.filter(state=Job.State.QUEUED).order_by("created_at")[:50])
        for job in waiting:
            jobs.run(job.id)
        if not moved and not waiting:
            return


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
