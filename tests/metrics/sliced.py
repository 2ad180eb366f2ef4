"""A project with something to slice: two batches, texts in two languages, metadata, two teams, two labels and more."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from annotation import services as annotation
from intake import services as intake
from projects import services as projects
from projects.models import Membership
from tests import factories as make
from tests.metrics.conftest import TONES

FIELDS = [
    {"name": "text", "type": "text", "title": "Text", "required": True},
    {"name": "lang", "type": "text", "title": "Language", "required": False},
]
N = 20


@dataclass
class Sliced:
    """Batch `easy` is answered alike by everybody; on batch `hard` the third person goes their own way."""

    project: Any
    manager: Any
    people: list[Any]
    adjudicator: Any
    batches: list[Any]
    items: list[Any]
    north: Any
    south: Any

    @property
    def url(self) -> str:
        return f"/api/v1/projects/{self.project.slug}"

    @property
    def page(self) -> str:
        return f"/p/{self.project.slug}/agreement/"

    @property
    def client(self) -> Any:
        return make.client_for(self.manager)

    def post(self, path: str, body: dict[str, Any], key: str = "") -> Any:
        headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
        return self.client.post(f"{self.url}{path}", body, format="json", **headers)

    def run(self, key: str, **body: Any) -> dict[str, Any]:
        """A run carried out here and now."""
        started = self.post("/agreement-runs", body, key)
        assert started.status_code == 202, started.content
        make.settle()
        found: dict[str, Any] = self.client.get(started["Location"]).json()
        return found


def make_sliced() -> Sliced:
    project = make.make_project(overlap=3, fields=FIELDS)
    make.publish_guideline(project)
    batches, items = zip(*(_batch(project, name) for name in ("easy", "hard")), strict=True)
    people = [make.make_member(project, "annotator") for _ in range(3)]
    make.acknowledge(project, *people)
    for place, user in enumerate(people):
        own = [TONES[(n + (1 if place == 2 and n >= N and n % 2 else 0)) % 3] for n in range(2 * N)]
        make.label(user, project, [{"tone": tone} for tone in own], 2 * N)
    by = make.actor(project.created_by)
    north, south = (projects.create_team(by=by, project=project, name=name) for name in ("North", "South"))
    Membership.objects.filter(project=project, user__in=people[:2]).update(team=north)
    Membership.objects.filter(project=project, user=people[2]).update(team=south)
    make.settle()
    return Sliced(
        project=project, manager=project.created_by, people=people,
        adjudicator=make.make_member(project, "adjudicator"), batches=list(batches),
        items=[item for batch in items for item in batch], north=north, south=south,
    )  # fmt: skip


def _batch(project: Any, name: str) -> tuple[Any, list[Any]]:
    by = make.actor(project.created_by)
    made = intake.create_batch(by=by, project=project, name=name)
    rows = [
        intake.NewItem(
            external_id=f"{name}-{n}",
            fields={"text": f"Text {n} of {name}", "lang": "de" if n % 4 else "nl"},
            metadata={"doc": f"{name}-{n // 4}", "score": str(n), "weight": n / 2} | ({} if n % 5 else {"odd": True}),
        )
        for n in range(N)
    ]
    created = intake.create_items(by=by, project=project, batch=made, rows=rows)
    annotation.open_production_round(by=by, batch=made, now=timezone.now())
    return made, created.created
