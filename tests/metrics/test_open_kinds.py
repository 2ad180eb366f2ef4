"""Live figures, runs and pages of spans, boxes, rankings, preferences and texts."""

from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from django.test import Client

from core.canonical import canonical_json
from metrics.measure import DEAR_PATTERNS
from metrics.models import Pattern
from metrics.selectors import count_mismatches
from metrics.selectors.scores import current_scores
from metrics.services.repair import rebuild_project
from metrics.stats.alpha import alpha
from metrics.stats.boxes import compare, drawn
from metrics.stats.patterns import Level, Patterns
from metrics.stats.preferences import leaning
from metrics.stats.rankings import kendall_w, places_of
from metrics.stats.spans import span_key
from metrics.stats.texts import token_distance
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = 24
FIELDS = [
    {"name": "text", "type": "text", "title": "Text", "required": True},
    {"name": "one", "type": "text", "title": "One", "required": False},
    {"name": "two", "type": "text", "title": "Two", "required": False},
    {"name": "picture", "type": "image", "title": "Picture", "required": False},
]
LABELS = [{"value": v, "title": v.title()} for v in ("car", "bus")]
QUESTIONS = [
    {"name": "marks", "kind": "spans", "title": "Marks", "field": "text", "labels": LABELS, "required": True},
    {"name": "shapes", "kind": "boxes", "title": "Shapes", "field": "picture", "labels": LABELS, "required": True},
    {"name": "order", "kind": "ranking", "title": "Order", "options": ["a", "b", "c"], "required": True},
    {"name": "better", "kind": "preference", "title": "Better", "fields": ["one", "two"],
     "extra": ["tie", "cannot_judge"], "required": True},
    {"name": "why", "kind": "text", "title": "Why?", "required": True},
]  # fmt: skip
NAMES = [question["name"] for question in QUESTIONS]
FIRST = {
    "marks": ("alpha", "characters"), "shapes": ("alpha", "nominal"), "order": ("alpha", "ordinal"),
    "better": ("alpha", "nominal"), "why": ("alpha", "token_edit"),
}  # fmt: skip


def text_of(number: int) -> str:
    return f"The car number {number} stands before a bus."


def answer(number: int, shift: int) -> dict[str, Any]:
    """What one of three people says: they differ on every fourth item."""
    n = number + (shift if number % 4 == 0 else 0)
    boxes = [{"x": 0.1 * (n % 3), "y": 0.1, "width": 0.2, "height": 0.2, "label": ("car", "bus")[n % 2]}]
    return {
        "marks": [{"start": 4, "end": 7 + n % 3, "label": ("car", "bus")[n % 2]}] if n % 5 else [],
        "shapes": boxes if n % 7 else [],
        "order": [[["a"], ["b", "c"]], [["b"], ["a"], ["c"]], [["c"], ["b"], ["a"]]][n % 3],
        "better": ("one", "cannot_judge", "tie", "two")[n % 4] if number % 4 == 0 else ("one", "two")[n % 2],
        "why": f"It is the {('first', 'second', 'third')[n % 3]} of {number % 6}.",
    }


def answers(shift: int) -> list[dict[str, Any]]:
    return [answer(number, shift) for number in range(NUMBER)]


@pytest.fixture
def project() -> Any:
    made = make.make_project(overlap=3, fields=FIELDS)
    make.publish_guideline(made, QUESTIONS, clauses=[])
    make.make_items(made, NUMBER, texts=[text_of(number) for number in range(NUMBER)])
    people = [make.make_member(made, "annotator") for _ in range(3)]
    make.acknowledge(made, *people)
    for shift, person in enumerate(people):
        make.label(person, made, answers(shift), NUMBER)
    make.settle()
    return made


def units(name: str) -> list[list[Any]]:
    return [[answer(number, shift)[name] for shift in range(3)] for number in range(NUMBER)]


def keyed(name: str) -> list[list[str]]:
    if name == "marks":
        return [[span_key(value, text_of(n)) for value in unit] for n, unit in enumerate(units(name))]
    return [[value if isinstance(value, str) else canonical_json(value).decode() for value in u] for u in units(name)]


def plain(name: str, level: Level) -> float | None:
    counted = [Counter(unit) for unit in keyed(name)]
    return alpha(Patterns.from_units(counted, sorted({v for u in counted for v in u}), level), level).value


def rows_of(project: Any, name: str) -> dict[tuple[str, str], dict[str, Any]]:
    rows = current_scores(project, question=name)
    assert (rows[0]["coefficient"], rows[0]["distance"]) == FIRST[name]
    return {(row["coefficient"], row["distance"]): row for row in rows}


def test_spans(project: Any) -> None:
    rows = rows_of(project, "marks")
    assert set(rows) == {
        ("alpha", "characters"), ("alpha", "tokens"), ("f1", "f1"), ("f1_overlap", "f1"), ("percent", "nominal"),
    }  # fmt: skip
    assert rows["alpha", "characters"]["value"] == pytest.approx(plain("marks", "spans"))
    assert rows["alpha", "tokens"]["value"] == pytest.approx(plain("marks", "tokens"))
    sets = [[{tuple(sorted(s.items())) for s in value} for value in unit] for unit in units("marks")]
    pairs = [(a, b) for unit in sets for a, b in combinations(unit, 2)]
    expected = sum(2 * len(a & b) for a, b in pairs) / sum(len(a) + len(b) for a, b in pairs)
    assert rows["f1", "f1"]["value"] == pytest.approx(expected)
    first = rows["alpha", "characters"]
    assert (first["n_items"], first["n_annotations"], first["n_annotators"]) == (NUMBER, 3 * NUMBER, 3)
    assert first["ci_low"] < first["value"] < first["ci_high"]


def test_boxes(project: Any) -> None:
    rows = rows_of(project, "shapes")
    assert set(rows) == {("alpha", "nominal"), ("f1", "f1"), ("iou", "iou"), ("percent", "nominal")}
    pairs = [(drawn(a), drawn(b)) for unit in keyed("shapes") for a, b in combinations(unit, 2)]
    assert rows["f1", "f1"]["value"] == pytest.approx(np.mean([compare(a, b).f1 for a, b in pairs]))
    assert rows["alpha", "nominal"]["value"] == pytest.approx(plain("shapes", "boxes"))


def test_rankings(project: Any) -> None:
    rows = rows_of(project, "order")
    assert set(rows) == {("alpha", "ordinal"), ("kendall_w", "ordinal"), ("tau_b", "ordinal"), ("percent", "nominal")}
    assert rows["alpha", "ordinal"]["value"] == pytest.approx(plain("order", "ranking"))
    concordance = [kendall_w([places_of(value) for value in unit]) for unit in keyed("order")]
    assert rows["kendall_w", "ordinal"]["value"] == pytest.approx(np.mean([w for w in concordance if w is not None]))


def test_preferences(project: Any) -> None:
    rows = rows_of(project, "better")
    assert set(rows) == {("alpha", "nominal"), ("alpha", "interval"), ("percent", "nominal")}
    kept = [[value for value in unit if value != "cannot_judge"] for unit in units("better")]
    counted = [Counter(unit) for unit in kept]
    nominal = alpha(Patterns.from_units(counted, ["one", "two", "tie"], "nominal"), "nominal").value
    assert rows["alpha", "nominal"]["value"] == pytest.approx(nominal)
    numbers = [Counter(leaning(value, ["one", "two"]) for value in unit) for unit in kept]
    interval = alpha(Patterns.from_units(numbers, None, "interval"), "interval").value
    assert rows["alpha", "interval"]["value"] == pytest.approx(interval)
    assert rows["alpha", "nominal"]["opt_outs"] == sum(unit.count("cannot_judge") for unit in units("better")) > 0


def test_texts(project: Any) -> None:
    rows = rows_of(project, "why")
    assert set(rows) == {
        ("alpha", "token_edit"), ("similarity", "token_edit"), ("chrf", "chrf"), ("percent", "nominal"),
    }  # fmt: skip
    pairs = [(a, b) for unit in units("why") for a, b in combinations(unit, 2)]
    assert rows["similarity", "token_edit"]["value"] == pytest.approx(np.mean([1 - token_distance(*p) for p in pairs]))
    assert rows["alpha", "token_edit"]["value"] == pytest.approx(plain("why", "token_edit"))


def test_counts_equal_a_recount_and_survive_a_rebuild(project: Any) -> None:
    assert count_mismatches(project) == []
    before = current_scores(project)
    Pattern.objects.filter(project=project).delete()
    rebuild_project(project=project)
    assert count_mismatches(project) == []
    after = current_scores(project)
    assert [row["value"] for row in after] == [row["value"] for row in before]


def run_of(project: Any) -> tuple[list[dict[str, Any]], str]:
    client, url = make.client_for(project.created_by), f"/api/v1/projects/{project.slug}"
    started = client.post(f"{url}/agreement-runs", {}, format="json", headers={"Idempotency-Key": "r"})
    make.settle()
    body = client.get(started["Location"]).json()
    assert body["state"] == "done", body
    return body["scores"], started["Location"].rsplit("/", 1)[1]


def test_a_run_says_everything_about_them(project: Any) -> None:
    scores, run = run_of(project)
    live = {(r["question"], r["coefficient"], r["distance"]): r["value"] for r in current_scores(project)}
    found = {(r["question"], r["coefficient"], r["distance"]): r["value"] for r in scores}
    assert {key: found[key] for key in live} == live
    first = {
        row["question"]: row
        for row in reversed(scores)
        if (row["coefficient"], row["distance"]) == FIRST[row["question"]]
    }
    for name in ("marks", "shapes"):
        assert [label["label"] for label in first[name]["labels"]] == ["car", "bus"]
        given = sum(span["label"] == "car" for unit in units(name) for value in unit for span in value)
        assert first[name]["labels"][0]["n_values"] == given
    for name in NAMES:
        assert len(first[name]["pairs"]) == (1 if name == "better" else 3)  # opt-outs are shared by nobody
        assert len(first[name]["annotators"]) == 3
        assert first[name]["items_disputed"]
        assert first[name]["annotators"][0]["with_rest"] is None or first[name]["annotators"][0]["with_rest"] < 1
    assert found["better", "ac1", "nominal"] is not None
    browser = Client()
    browser.force_login(project.created_by)
    page = browser.get(f"/p/{project.slug}/agreement/runs/{run}/").content.decode()
    for words in ("a &gt; b = c", "Bus 4–", "It is the", "F1 of spans", "Kendall’s W", "Gwet’s AC1"):
        assert words in page, words


@pytest.mark.parametrize("question", NAMES)
def test_the_page_shows_them(project: Any, question: str) -> None:
    browser = Client()
    browser.force_login(project.created_by)
    page = browser.get(f"/p/{project.slug}/agreement/?question={question}&version=all")
    assert page.status_code == 200
    shown = page.content.decode()
    words = {
        "marks": ("by characters", "by words", "F1 of spans, exact"), "shapes": ("by objects", "F1 of boxes"),
        "order": ("by pairs of options", "Kendall’s W"), "better": ("nominal", "interval"),
        "why": ("by word edits", "chrF"),
    }[question]  # fmt: skip
    for word in words:
        assert word in shown
    table = browser.get(f"/p/{project.slug}/agreement/?question={question}&format=csv").content.decode()
    assert f"{question},all,alpha,{FIRST[question][1]}" in table


def test_too_many_answers_for_a_page_are_left_to_the_last_run(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DEAR_PATTERNS, "spans", 3)
    rows = current_scores(project, question="marks")
    assert [(row["coefficient"], row["value"], row["undefined"]) for row in rows] == [
        ("alpha", None, "too_many_patterns")
    ]
    scores, _ = run_of(project)
    rows = current_scores(project, question="marks")
    assert [row["value"] for row in rows[:3]] == [row["value"] for row in scores if row["question"] == "marks"][:3]
    assert rows[0]["as_of"] == scores[0]["as_of"]
    assert "labels" not in rows[0]
    assert rows_of(project, "order")["alpha", "ordinal"]["value"] is not None
    browser = Client()
    browser.force_login(project.created_by)
    page = browser.get(f"/p/{project.slug}/agreement/?question=marks&version=all").content.decode()
    assert "figures of the last full run" in page


def test_one_label_everywhere_is_undefined(transactional_db: None) -> None:
    made = make.make_project(overlap=2, fields=FIELDS)
    make.publish_guideline(made, [QUESTIONS[0]], clauses=[])
    make.make_items(made, 21, texts=["Nothing here."] * 21)
    people = [make.make_member(made, "annotator") for _ in range(2)]
    make.acknowledge(made, *people)
    for person in people:
        make.label(person, made, [{"marks": []}] * 21, 21)
    make.settle()
    rows = {row["coefficient"]: row for row in current_scores(made)}
    assert (rows["alpha"]["value"], rows["alpha"]["undefined"]) == (None, "no_variation")
    assert (rows["f1"]["value"], rows["f1"]["undefined"]) == (None, "nothing_to_compare")
    assert rows["percent"]["value"] == 1.0
