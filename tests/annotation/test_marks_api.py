"""Spans, boxes, rankings and preferences over REST: refused with a pointer, given back as they were sent."""

import json
import uuid
from typing import Any

import pytest

from annotation.services import open_production_round
from intake.services import NewItem, create_batch, create_items
from tests import factories
from tests.guidelines.test_schema_lists import BETTER, CARS, GOOD, NAMES, ORDER, box, span
from tests.paths import shared

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [
    {"name": "text", "type": "text", "title": "Text", "required": True},
    {"name": "photo", "type": "image", "title": "Photo", "required": False},
    {"name": "left", "type": "text", "title": "Left", "required": False},
    {"name": "right", "type": "text", "title": "Right", "required": False},
]


def setting(questions: list[dict[str, Any]], texts: list[str]) -> tuple[Any, Any]:
    """A project with these items, and one annotator's API."""
    project = factories.make_project(fields=FIELDS)
    by = factories.actor(project.created_by)
    factories.publish_guideline(project, questions, clauses=[])
    batch = create_batch(by=by, project=project, name="b", overlap=1)
    rows = [NewItem(str(number), {"text": text}, {}) for number, text in enumerate(texts)]
    create_items(by=by, project=project, batch=batch, rows=rows)
    open_production_round(by=by, batch=batch, now=batch.created_at)
    person = factories.make_member(project, "annotator")
    factories.acknowledge(project, person)
    return project, factories.client_for(person)


def take(client: Any, project: Any) -> dict[str, Any]:
    assignments = client.post(f"/api/v1/projects/{project.slug}/next", {}, format="json").json()["assignments"]
    found: dict[str, Any] = assignments[0]
    return found


def submit(client: Any, held: dict[str, Any], answers: Any) -> Any:
    body = {"assignment": held["id"], "fence": held["fence"], "answers": answers, "lead_time_ms": 1}
    key = str(uuid.uuid4())
    return client.post("/api/v1/annotations", body, format="json", headers={"Idempotency-Key": key})


def test_what_does_not_fit_is_refused_where_it_stands() -> None:
    project, client = setting([NAMES, CARS, ORDER, BETTER], ["Ann of Rome met 👩‍👩‍👧"])
    held = take(client, project)
    for changes, pointer in (
        ({"names": [span(0, 22)]}, "#/answers/names/0/end"),
        ({"names": [span(16, 18)]}, "#/answers/names/0/end"),
        ({"names": [span(0, 5), span(3, 6)]}, "#/answers/names/1"),
        ({"names": [span(0, 3, "org")]}, "#/answers/names/0/label"),
        ({"cars": [box(width=2)]}, "#/answers/cars/0/width"),
        ({"cars": [box(x=10**400)]}, "#/answers/cars/0/x"),
        ({"order": [["a"], ["a"]]}, "#/answers/order/1/0"),
        ({"better": "the left one"}, "#/answers/better"),
    ):
        refused = submit(client, held, GOOD | changes)
        assert refused.status_code == 422, refused.content
        (problem,) = refused.json()["errors"]
        assert problem["pointer"] == pointer
        assert problem["detail"].endswith(".")
    assert submit(client, held, GOOD).status_code == 201


def test_offsets_round_trip_from_api_to_export() -> None:
    """Every text of the shared corpus: sent, read back and exported, its spans are the surfaces they were sent for."""
    source = [json.loads(line) for line in shared("badinput/unicode/span-offsets.jsonl").read_text().splitlines()]
    project, client = setting([NAMES | {"crossing": "any"}], [row["text"] for row in source])
    by_text = {row["text"]: row for row in source}
    for _ in source:
        held = take(client, project)
        row = by_text[held["item"]["fields"]["text"]]
        answers = {"names": [span(*mark["codepoint"]) for mark in row["spans"]]}
        made = submit(client, held, answers)
        assert made.status_code == 201, made.content
        assert client.get(f"/api/v1/annotations/{made.json()['id']}").json()["answers"] == answers
    manager = factories.client_for(project.created_by)
    for form in ("jsonl", "csv"):
        asked = manager.post(
            f"/api/v1/projects/{project.slug}/exports", {"kind": "annotations", "format": form}, format="json",
            headers={"Idempotency-Key": form},
        )  # fmt: skip
        assert asked.status_code == 202, asked.content
        factories.settle()
        content = b"".join(manager.get(manager.get(asked["Location"]).json()["content_url"]).streaming_content)
        assert content.count(b'"start":') + content.count(b'""start"":') == sum(len(row["spans"]) for row in source)
        if form == "jsonl":
            for line in content.splitlines():
                given = json.loads(line)
                text = source[int(given["external_id"])]["text"]
                surfaces = [mark["surface"] for mark in source[int(given["external_id"])]["spans"]]
                assert [text[one["start"] : one["end"]] for one in given["answers"]["names"]] == surfaces
