"""Releases and exports of spans, boxes, rankings and preferences."""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

import pytest

from accounts.models import User
from adjudication.models import Case
from annotation.models import Annotation
from annotation.services import open_production_round
from intake.services import NewItem, create_batch, create_items
from projects.models import Project
from tests.adjudication.build import decide
from tests.factories import (
    acknowledge,
    actor,
    client_for,
    label,
    make_member,
    make_project,
    publish_guideline,
    settle,
)
from tests.guidelines.test_schema_lists import BETTER, CARS, GOOD, NAMES, ORDER
from tests.releases.build import cut
from tests.releases.test_build import read, rows
from tests.releases.test_exports import ask, fetch

pytestmark = pytest.mark.django_db(transaction=True)

# One field is called like a column of every release, so its column has another name.
FIELDS = [
    {"name": "split", "type": "chat", "title": "Talk", "required": True},
    {"name": "photo", "type": "image", "title": "Photo", "required": True},
    {"name": "left", "type": "text", "title": "Left", "required": True},
    {"name": "right", "type": "text", "title": "Right", "required": True},
]
ITEM: dict[str, Any] = {
    "split": [{"role": "user", "content": "Ann of Rome met"}, {"role": "bot", "content": "Ann 👩‍👩‍👧"}],
    "photo": "cat.png", "left": "l", "right": "r",
}  # fmt: skip
SPANS = [{"start": 16, "end": 19, "label": "per"}, {"start": 20, "end": 25, "label": "loc"}]


@dataclass
class Setting:
    project: Project
    manager: User
    adjudicator: User


def setting_of(*given: dict[str, Any]) -> Setting:
    """One item, answered once by each; `given` are changes to good answers."""
    project = make_project(fields=FIELDS)
    by = actor(project.created_by)
    publish_guideline(project, [NAMES | {"field": "split"}, CARS, ORDER, BETTER], clauses=[])
    batch = create_batch(by=by, project=project, name="b", overlap=len(given))
    create_items(by=by, project=project, batch=batch, rows=[NewItem("1", ITEM, {})])
    open_production_round(by=by, batch=batch, now=batch.created_at)
    for changes in given:
        person = make_member(project, "annotator")
        acknowledge(project, person)
        label(person, project, GOOD | {"names": SPANS} | changes)
    settle()
    return Setting(project, project.created_by, make_member(project, "adjudicator"))


def test_answers_that_agree_are_released_in_one_spelling() -> None:
    setting = setting_of({"names": SPANS[::-1]}, {"order": [["c"], ["a", "b"]]})
    release = cut(setting)  # type: ignore[arg-type]  # a smaller one
    assert release.state == "published", release.gates
    (row,) = rows(release, "data/items.jsonl")
    assert (row["field_split"], row["photo"]) == (ITEM["split"], "cat.png")
    assert row["names"] == SPANS
    assert row["cars"] == GOOD["cars"]
    assert row["order"] == [["c"], ["a", "b"]]
    assert row["better"] == "right"
    assert row["names_dist"] == [{"answer": SPANS, "share": 1}]
    assert row["better_dist"] == [0, 1, 0, 0]
    card = read(release, "README.md").decode()
    for line in ("- per: 1", "- loc: 1", "`label_order`: `left`, `right`, `tie`, `cannot_judge`"):
        assert line in card
    given = [row for row in rows(release, "annotations/annotations.jsonl") if row["question"] == "names"]
    assert {tuple(span["start"] for span in json.loads(row["value"])) for row in given} == {(16, 20), (20, 16)}
    sides = {tuple(a.sides["better"]) for a in Annotation.objects.all() if a.sides}
    shown = [row for row in rows(release, "annotations/annotations.jsonl") if row["question"] == "better"]
    assert {tuple(row["presented_order"] or ()) for row in shown} == sides


def test_a_decided_case_of_spans_is_released() -> None:
    setting = setting_of({}, {"names": SPANS[:1]})
    decide(Case.objects.get(), setting.adjudicator, answer=SPANS[1:])
    settle()
    release = cut(setting)  # type: ignore[arg-type]  # a smaller one
    assert release.state == "published", release.gates
    (row,) = rows(release, "data/items.jsonl")
    assert (row["names"], row["names_source"]) == (SPANS[1:], "adjudicated")
    assert sorted(entry["share"] for entry in row["names_dist"]) == [0.5, 0.5]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_exports_hold_answers_whose_offsets_fit(form: str) -> None:
    setting = setting_of({}, {})
    client = client_for(setting.manager)
    content = fetch(client, ask(client, setting, kind="annotations", format=form))
    found = (
        [json.loads(line)["answers"] for line in content.splitlines()]
        if form == "jsonl"
        else [json.loads(row["answers"]) for row in csv.DictReader(io.StringIO(content.decode()))]
    )
    text = "\n".join(turn["content"] for turn in ITEM["split"])
    for answers in found:
        assert [text[span["start"] : span["end"]] for span in answers["names"]] == ["Ann", "👩‍👩‍👧"]
        assert answers["cars"] == GOOD["cars"]
    assert len(found) == 2
