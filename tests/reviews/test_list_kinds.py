"""Reviews of questions whose answers are lists of marks: which answers a change touches, and examples of them."""

from typing import Any

import pytest

from annotation.models import Annotation
from guidelines.schema.schema import parse_schema
from reviews.page import label_titles
from reviews.rules import failing_examples
from reviews.selectors.impact import Step, carrying
from tests import factories
from tests.guidelines.test_schema_lists import BETTER, NAMES, ORDER, span

LABELS = [{"value": v, "title": v.title()} for v in ("work", "home", "3")]
TOPICS: dict[str, Any] = {"name": "topics", "kind": "multichoice", "title": "Topics", "labels": LABELS}
SCALE: dict[str, Any] = {"name": "scale", "kind": "rating", "title": "Scale", "min": 1, "max": 5}
FIELDS = [
    {"name": name, "type": "text", "title": name, "required": name == "text"} for name in ("text", "left", "right")
]
GIVEN = {
    "names": [span(0, 4), span(5, 11, "loc")], "order": [["a"], ["b", "c"]], "better": "left", "topics": ["work", "3"],
    "scale": 3,
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("question", "label", "touched"),
    [
        ("names", "loc", True), ("names", "org", False), ("names", "", True), ("order", "c", True),
        ("order", "d", False), ("better", "left", True), ("better", "right", False), ("topics", "3", True),
        ("topics", "home", False),
        ("scale", "3", True), ("scale", "4", False), ("gone", "", False),
    ],
)  # fmt: skip
def test_a_change_of_a_label_touches_the_answers_that_use_it(question: str, label: str, touched: bool) -> None:
    project = factories.make_project(fields=FIELDS)
    factories.publish_guideline(project, [NAMES, ORDER, BETTER, TOPICS, SCALE], clauses=[])
    person = factories.make_member(project, "annotator")
    factories.acknowledge(project, person)
    factories.make_items(project, 1)
    factories.label(person, project, GIVEN)
    rows = carrying(Annotation.objects.filter(project=project), [Step(None, frozenset({(question, label)}))])
    assert rows.exists() is touched


@pytest.mark.django_db
def test_options_and_fields_can_be_named() -> None:
    version = factories.publish_guideline(factories.make_project(fields=FIELDS), [ORDER, BETTER, NAMES], clauses=[])
    assert label_titles(version, "order") == {"a": "a", "b": "b", "c": "c"}
    assert label_titles(version, "better")["cannot_judge"] == "Cannot judge"
    assert label_titles(version, "names") == {"per": "Per", "loc": "Loc"}


def test_the_text_of_an_example_is_what_its_spans_count_in() -> None:
    examples = [
        {"text": "Ann met Bob", "answer": [span(0, 3)], "why": ""},
        {"text": "Bo", "answer": [span(0, 3)], "why": ""},
    ]
    clauses = [{"key": "per", "question": "names", "examples": examples}]
    assert failing_examples(clauses, parse_schema({"questions": [NAMES]})) == [("per", "Bo")]
