"""Labels of people whose habits are known: what runs and pages say of annotators is told from them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from annotation.models import Annotation
from events.services import wait_for_cut
from metrics.models import AgreementRun
from metrics.services import request_run
from projects.models import Membership, Team
from tests import factories as make

TONES = ("calm", "angry", "unsure")
LOW = {"annotator_units": 12, "drift_units": 10, "alpha_units": 12, "pair_units": 5}
FIRST = timezone.now().replace(microsecond=0) - timedelta(days=60)


@dataclass
class Crew:
    """Three people who label alike, but from half of the items on the third sees more in them than is there."""

    project: Any
    people: list[Any]
    manager: Any
    adjudicator: Any
    consumer: Any
    stranger: Any

    @property
    def page(self) -> str:
        return f"/p/{self.project.slug}/agreement/"

    def run(self, **more: Any) -> AgreementRun:
        make.settle()
        cut = wait_for_cut(project=self.project.id)
        run = request_run(by=make.actor(self.manager), project=self.project, as_of=cut, now=timezone.now(), **more)
        make.settle()
        run.refresh_from_db()
        assert run.computed_at is not None
        return run


def make_crew(number: int = 40, *, low: dict[str, int] | None = None, **fields: Any) -> Crew:
    project = make.make_project(overlap=3, settings={"minimums": LOW if low is None else low}, **fields)
    make.publish_guideline(project)
    make.make_items(project, number)
    people = [make.make_member(project, "annotator") for _ in range(3)]
    make.acknowledge(project, *people)
    for place, user in enumerate(people):
        make.label(user, project, [_answer(place, n, number) for n in range(number)], number)
    spread(project)
    return Crew(
        project, people, project.created_by, make.make_member(project, "adjudicator"),
        make.make_member(project, "consumer"), make.make_user(can_create_projects=True),
    )  # fmt: skip


def _answer(place: int, n: int, number: int) -> dict[str, str]:
    truth = TONES[n % 3]
    if place == 2 and n >= number // 2 and truth != "unsure":
        return {"tone": "angry" if truth == "calm" else "unsure"}
    if place == 1 and n % 11 == 0:
        return {"tone": TONES[(n + 1) % 3]}
    return {"tone": truth}


def spread(project: Any, first: datetime = FIRST) -> None:
    """Two answers of each person a day, from `first` on."""
    counted: dict[Any, int] = {}
    for row in Annotation.objects.filter(project=project).order_by("event"):
        n = counted[row.annotator_id] = counted.get(row.annotator_id, -1) + 1
        moment = first + timedelta(hours=12 * n)
        Annotation.objects.filter(pk=row.pk).update(created_at=moment, lead_time_ms=4000 + 100 * n)


def team(project: Any, name: str, *users: Any) -> Team:
    made = Team.objects.create(project=project, name=name)
    Membership.objects.filter(project=project, user__in=users).update(team=made)
    return made


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return " ".join(answer.content.decode().split())
