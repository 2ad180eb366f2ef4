"""The guideline editor keeps questions of every kind, and adds them."""

from typing import Any

import pytest

from guidelines.editor import build_editor
from guidelines.forms import DraftState, change_rows, content_of, field_of, state_of
from guidelines.outline import outline
from guidelines.schema.registry import KINDS
from guidelines.schema.schema import parse_schema
from tests.guidelines.test_schema_more_kinds import TOPICS, WEIGHT, WHY

QUESTIONS = [{"required": True, **question} for question in (TOPICS, WEIGHT, WHY)]


def test_the_form_gives_back_what_it_was_given() -> None:
    clauses: list[dict[str, Any]] = [
        {"key": "c", "title": "C", "question": name, "definition": "", "use_when": "", "avoid_when": "",
         "examples": [{"text": "a", "answer": answer, "why": ""}]}
        for name, answer in (("topics", ["work"]), ("weight", 2.5), ("why", "[so]"))
    ]  # fmt: skip
    schema = {"questions": QUESTIONS}
    assert content_of(state_of(clauses, schema, "")) == (clauses, schema)


@pytest.mark.parametrize("kind", KINDS)
def test_a_question_of_each_kind_can_be_added(kind: str) -> None:
    state = DraftState([], [])
    change_rows(state, f"add-{kind}")
    (box,) = build_editor(state).questions
    assert (box.kind, box.has_labels) == (kind, kind in ("choice", "multichoice"))
    state.questions[0] |= {"title": "What is it?"}
    for place, label in enumerate(state.questions[0]["labels"]):
        label["title"] = f"Label {place}"
    _, schema = content_of(state)
    assert parse_schema(schema).kind("what_is_it").name == kind


def test_each_setting_has_its_field() -> None:
    boxes = build_editor(state_of([], {"questions": QUESTIONS}, "")).questions
    assert [[field.title for field in box.settings] for box in boxes] == [
        ["Choose at least", "Choose at most"], ["Lowest", "Highest", "Scale"], ["Most characters"],
    ]  # fmt: skip
    assert [label.fields[-1].title for label in boxes[0].labels] == ["Stands alone"] * 4
    assert [bool(label.fields[-1].value) for label in boxes[0].labels] == [False, False, False, True]
    assert boxes[1].settings[2].value == "ratio"


def test_problems_find_their_field() -> None:
    state = state_of([], {"questions": QUESTIONS}, "")
    assert field_of("#/questions/0/exclusive", state) == "questions-0-labels"
    assert field_of("#/questions/1/level", state) == "questions-1-level"
    assert field_of("#/questions/2/max_length", state) == "questions-2-max_length"


def test_the_guideline_page_says_what_is_asked() -> None:
    lines = outline(parse_schema({"questions": QUESTIONS}), set())
    assert [line.asks for line in lines] == [
        "Any of the labels. Choose 1 to 2", "A number, at least 0, at most 9.5", "Free text, at most 5 characters",
    ]  # fmt: skip
    assert [label.stands_alone for label in lines[0].labels] == [False, False, False, True]
