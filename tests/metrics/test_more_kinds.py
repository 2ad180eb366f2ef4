"""Live figures, runs and pages of questions with sets, numbers and texts."""

from typing import Any

import pytest
from django.test import Client

from metrics.selectors.scores import current_scores
from metrics.stats.alpha import alpha
from metrics.stats.patterns import Patterns
from metrics.stats.sets import set_key
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)

LABELS = [{"value": v, "title": v.title()} for v in ("work", "home", "money")]
TOPICS = {"name": "topics", "kind": "multichoice", "title": "Topics", "required": True, "labels": LABELS}
WEIGHT = {"name": "weight", "kind": "number", "title": "Weight", "required": True, "level": "interval"}
WHY = {"name": "why", "kind": "text", "title": "Why?", "required": False}
SETS = (["work"], ["work", "home"], ["money"], ["home", "work"], [])
NUMBER = 24


def answers(shift: int) -> list[dict[str, Any]]:
    return [
        {"topics": SETS[(n + (shift if n % 4 == 0 else 0)) % 5], "weight": n % 7 + shift * (n % 3) / 4, "why": f"{n}"}
        for n in range(NUMBER)
    ]


@pytest.fixture
def project() -> Any:
    made = make.make_project(overlap=3)
    make.publish_guideline(made, [TOPICS, WEIGHT, WHY], clauses=[])
    make.make_items(made, NUMBER)
    people = [make.make_member(made, "annotator") for _ in range(3)]
    make.acknowledge(made, *people)
    for shift, person in enumerate(people):
        make.label(person, made, answers(shift), NUMBER)
    make.settle()
    return made


def units(name: str) -> list[dict[Any, int]]:
    found: list[dict[Any, int]] = [{} for _ in range(NUMBER)]
    for shift in range(3):
        for unit, answer in zip(found, answers(shift), strict=True):
            key = set_key(answer[name]) if name == "topics" else answer[name]
            unit[key] = unit.get(key, 0) + 1
    return found


def test_sets_have_masi_first_then_jaccard(project: Any) -> None:
    rows = current_scores(project, question="topics")
    assert [(row["coefficient"], row["distance"]) for row in rows] == [
        ("alpha", "masi"), ("alpha", "jaccard"), ("percent", "nominal"),
    ]  # fmt: skip
    counted = units("topics")
    keys = sorted({key for unit in counted for key in unit})
    for row, level in zip(rows, ("masi", "jaccard"), strict=False):
        value = alpha(Patterns.from_units(counted, keys, level), level).value
        assert row["value"] == pytest.approx(value, abs=1e-12)
        assert row["ci_low"] < row["value"] < row["ci_high"]
        assert (row["n_items"], row["n_annotations"], row["n_annotators"]) == (NUMBER, 3 * NUMBER, 3)


def test_numbers_keep_their_distance(project: Any) -> None:
    rows = current_scores(project)
    assert {row["question"] for row in rows} == {"topics", "weight", "why"}
    row = next(row for row in rows if row["question"] == "weight")
    assert row["distance"] == "interval"
    expected = alpha(Patterns.from_units(units("weight"), None, "interval"), "interval").value
    assert row["value"] == pytest.approx(expected)


def test_a_run_measures_each_label_of_a_set(project: Any) -> None:
    client, url = make.client_for(project.created_by), f"/api/v1/projects/{project.slug}"
    started = client.post(f"{url}/agreement-runs", {}, format="json", headers={"Idempotency-Key": "r"})
    make.settle()
    scores = client.get(started["Location"]).json()["scores"]
    topics, weight = (next(row for row in scores if row["question"] == name) for name in ("topics", "weight"))
    assert [label["label"] for label in topics["labels"]] == ["work", "home", "money"]
    work = topics["labels"][0]
    given = sum("work" in answer["topics"] for shift in range(3) for answer in answers(shift))
    assert work["n_values"] == given
    assert work["ci_low"] <= work["value"] <= work["ci_high"]
    assert topics["confusions"] == weight["confusions"] == weight["labels"] == []
    assert len(topics["pairs"]) == len(weight["pairs"]) == 3
    assert topics["items_disputed"]
    assert weight["items_disputed"]
    browser = Client()
    browser.force_login(project.created_by)
    page = browser.get(f"/p/{project.slug}/agreement/runs/{started['Location'].rsplit('/', 1)[1]}/").content.decode()
    assert "Work, Home" in page


@pytest.mark.parametrize("question", ["topics", "weight"])
def test_the_page_shows_them(project: Any, question: str) -> None:
    browser = Client()
    browser.force_login(project.created_by)
    page = browser.get(f"/p/{project.slug}/agreement/?question={question}")
    assert page.status_code == 200
    shown = page.content.decode()
    assert ("Money" in shown) == ("jaccard distance" in shown) == (question == "topics")
