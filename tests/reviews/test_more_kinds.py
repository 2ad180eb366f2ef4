"""A review of a question whose answers are sets: its labels can be named, its examples written."""

from typing import Any

import pytest

from guidelines.schema.schema import parse_schema
from reviews.forms import example_rows, read_examples
from reviews.page import label_titles
from tests import factories

LABELS = [{"value": v, "title": v.title()} for v in ("work", "home")]
TOPICS: dict[str, Any] = {"name": "topics", "kind": "multichoice", "title": "Topics", "labels": LABELS}
WEIGHT: dict[str, Any] = {"name": "weight", "kind": "number", "title": "Weight", "level": "ratio"}


@pytest.mark.django_db
def test_the_labels_of_a_set_can_be_named() -> None:
    version = factories.publish_guideline(factories.make_project(), [TOPICS, WEIGHT], clauses=[])
    assert label_titles(version, "topics") == {"work": "Work", "home": "Home"}
    assert label_titles(version, "weight") == {}


@pytest.mark.parametrize(
    ("question", "answer", "written"), [("topics", ["work"], '["work"]'), ("weight", 1.5, 1.5), ("weight", None, "")]
)
def test_examples_are_written_as_they_are_read(question: str, answer: Any, written: Any) -> None:
    schema = parse_schema({"questions": [TOPICS, WEIGHT]})
    row = example_rows([{"text": "a", "answer": answer, "why": ""}])[0]
    assert row["answer"] == written
    (again,) = read_examples([row | {"answer": str(row["answer"])}], {"question": question}, schema)
    assert again["answer"] == answer
