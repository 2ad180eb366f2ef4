"""Sets, numbers and texts in a release: hard and soft labels, and the card."""

from typing import Any

import pytest

from adjudication.models import Case
from tests.adjudication.build import Setting, decide, make_setting
from tests.factories import label, settle
from tests.releases.build import cut
from tests.releases.test_build import read, rows

pytestmark = pytest.mark.django_db(transaction=True)

LABELS = [{"value": v, "title": v.title()} for v in ("work", "home", "money")]
TOPICS = {"name": "topics", "kind": "multichoice", "title": "Topics", "required": True, "labels": LABELS}
WEIGHT = {"name": "weight", "kind": "number", "title": "Weight", "required": True, "level": "interval"}
WHY = {"name": "why", "kind": "text", "title": "Why?", "required": False}


def setting_of(*given: list[dict[str, Any]]) -> Setting:
    setting = make_setting(items=len(given[0]), annotators=len(given), questions=[TOPICS, WEIGHT, WHY], clauses=[])
    for person, answers in zip(setting.annotators, given, strict=True):
        label(person, setting.project, answers, count=len(answers))
    settle()
    return setting


def test_unanimous_and_decided_answers_are_rows() -> None:
    setting = setting_of(
        [{"topics": ["home", "work"], "weight": 2, "why": "first"}, {"topics": [], "weight": 0.5}],
        [{"topics": ["work"], "weight": 2.0, "why": "second"}, {"topics": [], "weight": 1.5}],
    )
    for case in Case.objects.order_by("pk"):
        answer = ["home", "work"] if case.question == "topics" else 1.25
        decide(case, setting.adjudicator, answer=answer)
    settle()
    release = cut(setting)
    assert release.state == "published", release.gates
    first, second = sorted(rows(release, "data/items.jsonl"), key=lambda row: row["external_id"])
    assert (first["topics"], first["topics_source"], first["topics_n"]) == (["work", "home"], "adjudicated", 2)
    assert first["topics_dist"] == {
        "work": {"0": 0.0, "1": 1.0}, "home": {"0": 0.5, "1": 0.5}, "money": {"0": 1, "1": 0},
    }  # fmt: skip
    assert (first["weight"], first["weight_source"]) == (2, "unanimous")
    assert (second["weight"], second["weight_source"]) == (1.25, "adjudicated")
    assert {row["answer"]: row["share"] for row in second["weight_dist"]} == {0.5: 0.5, 1.5: 0.5}
    assert (first["why"], second["why"]) == (None, None)
    assert second["topics"] == []
    card = read(release, "README.md").decode()
    assert "`label_order`: `work`, `home`, `money`" in card
    assert "- work: 1" in card
    given = [row for row in rows(release, "annotations/annotations.jsonl") if row["item_id"] == first["item_id"]]
    assert {row["value_text"] for row in given if row["question"] == "why"} == {"first", "second"}
    assert {row["value_number"] for row in given if row["question"] == "weight"} == {2}
    assert {row["value"] for row in given if row["question"] == "topics"} == {'["home","work"]', '["work"]'}


def test_nobody_invents_a_majority() -> None:
    setting = setting_of(*([{"topics": ["work"], "weight": weight}] for weight in (1, 1, 2)))
    release = cut(setting, waivers=[])
    (gate,) = [gate for gate in release.gates if gate["name"] == "cases_decided"]
    assert gate["result"] == "fail"
