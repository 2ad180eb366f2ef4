"""The guideline editor keeps questions of every kind, and adds them."""

from typing import Any

import pytest

from guidelines.editor import build_editor
from guidelines.forms import DraftState, change_rows, content_of, field_of, state_of, unfinished
from guidelines.outline import outline
from guidelines.schema.registry import KINDS
from guidelines.schema.schema import parse_schema
from tests.guidelines.test_schema_lists import BETTER, CARS, NAMES, ORDER
from tests.guidelines.test_schema_more_kinds import TOPICS, WEIGHT, WHY

QUESTIONS = [{"required": True, **question} for question in (TOPICS, WEIGHT, WHY)]
LISTS = [{"required": True, **q} for q in (NAMES | {"crossing": "nested"}, CARS, ORDER, BETTER)]
LISTS.append(
    {"name": "fields", "kind": "ranking", "title": "F", "required": False, "fields": ["left", "right"],
     "when": {"question": "better", "in": ["tie", "left"]}}
)  # fmt: skip
FIELDS = [
    {"name": "text", "type": "text", "title": "The text"}, {"name": "photo", "type": "image"}, {"name": "left"},
    {"name": "right", "type": "markdown"},
]  # fmt: skip


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
    assert (box.kind, box.has_labels) == (kind, kind in {"choice", "multichoice", "spans", "boxes"})
    state.questions[0] |= {"title": "What is it?", "field": "text", "field_a": "left", "field_b": "right"}
    state.questions[0] |= {"options": "one\ntwo\n"}
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


def test_the_form_gives_back_lists_too() -> None:
    schema = {"questions": LISTS}
    assert content_of(state_of([], schema, "")) == ([], schema)


def test_fields_are_chosen_among_those_that_fit() -> None:
    spans, boxes, ranking, preference, of_fields = build_editor(
        state_of([], {"questions": LISTS}, ""), (), FIELDS
    ).questions
    assert dict(spans.settings[0].choices) == {"text": "The text", "left": "left", "right": "right"}
    assert [spans.settings[1].value, boxes.settings[0].choices] == ["nested", (("photo", "photo"),)]
    assert [field.value for field in preference.settings] == ["left", "right", "tie\ncannot_judge"]
    assert (ranking.settings[0].value, ranking.settings[1].chosen) == ("a\nb\nc", [])
    assert of_fields.settings[1].chosen == ["left", "right"]
    assert [(f.title, f.value) for f in of_fields.more[-2:]] == [
        ("Ask", "better"), ("if it was answered with", "tie\nleft"),
    ]  # fmt: skip


def test_a_field_that_is_gone_is_still_shown() -> None:
    (box,) = build_editor(state_of([], {"questions": [CARS]}, ""), (), FIELDS[:1]).questions
    assert box.settings[0].choices == (("photo", "photo (no such field)"),)
    state = DraftState([], [])
    change_rows(state, "add-boxes")
    (box,) = build_editor(state, (), FIELDS[:1]).questions
    assert "no field of type image" in box.settings[0].hint


def test_what_is_not_chosen_is_the_first_that_fits() -> None:
    state = DraftState([], [])
    change_rows(state, "add-preference")
    (box,) = build_editor(state, (), FIELDS[2:]).questions
    assert [field.value for field in box.settings] == ["left", "right", ""]


def test_labels_stand_under_others_by_value_or_by_name() -> None:
    state = DraftState([], [])
    change_rows(state, "add-choice")
    change_rows(state, "add:questions-0-labels")
    state.questions[0]["title"] = "Q"
    for label, title, parent in zip(state.questions[0]["labels"], ("Big animal", "Cow", "Elk"),
                                    ("", "Big animal", "big_animal"), strict=True):  # fmt: skip
        label |= {"title": title, "parent": parent}
    _, schema = content_of(state)
    assert [label.get("parent") for label in schema["questions"][0]["labels"]] == [None, "big_animal", "big_animal"]


def test_conditions_name_answers_as_people_see_them() -> None:
    rating = {"name": "force", "kind": "rating", "title": "F", "required": True, "min": 1, "max": 5}
    state = state_of([], {"questions": [TOPICS | {"kind": "choice"}, rating, WHY, WEIGHT]}, "")
    state.questions[2] |= {"when_question": "topics", "when_in": "Work\nhome"}
    state.questions[3] |= {"when_question": "force", "when_in": "4\n5"}
    _, schema = content_of(state)
    assert [question.get("when") for question in schema["questions"]] == [
        None, None, {"question": "topics", "in": ["work", "home"]}, {"question": "force", "in": [4, 5]},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pointer", "field"),
    [
        ("#/label_schema/questions/0/field", "questions-0-field"),
        ("#/label_schema/questions/0/labels/1/parent", "questions-0-labels-1-parent"),
        ("#/label_schema/questions/2/options/1", "questions-2-options"),
        ("#/label_schema/questions/3/fields", "questions-3-field_a"),
        ("#/label_schema/questions/3/fields/1", "questions-3-field_b"),
        ("#/label_schema/questions/3/extra", "questions-3-extra"),
        ("#/label_schema/questions/4/fields/0", "questions-4-fields"),
        ("#/label_schema/questions/4/when/question", "questions-4-when_question"),
        ("#/label_schema/questions/4/when/in/0", "questions-4-when_in"),
        ("#/label_schema/questions/4/odd", "questions-4"),
        ("#/label_schema/questions/99/odd", "questions-99"),
    ],
)
def test_problems_of_lists_find_their_field(pointer: str, field: str) -> None:
    assert field_of(pointer, state_of([], {"questions": LISTS}, "")) == field


def test_the_guideline_page_says_what_lists_hold() -> None:
    assert [line.asks for line in outline(parse_schema({"questions": LISTS}), set())] == [
        "Stretches of “text”, one may lie inside another. Each has a label", "Boxes in “photo”, each with a label",
        "An order of “a”, “b” and “c”, best first", "The better one of “left” and “right”; or “tie”, “cannot judge”",
        "An order of “left” and “right”, best first",
    ]  # fmt: skip


ENTERED = [
    ("rating", {"min": "0"}), ("rating", {"max": "7"}), ("rating", {"steps": "1 = low"}), ("number", {"min": "2"}),
    ("number", {"level": "ratio"}), ("multichoice", {"max": "2"}), ("text", {"max_length": "5"}),
    ("spans", {"crossing": "any"}), ("spans", {"field": "right"}), ("preference", {"field_b": "right"}),
    ("preference", {"extra": "tie"}), ("ranking", {"options": "a"}), ("choice", {"required": ""}),
    ("choice", {"name": "tone"}), ("choice", {"help": "Think."}), ("choice", {"clause": "c"}),
]  # fmt: skip


def _new_box(kind: str) -> DraftState:
    """A new box as a browser sends it: each select holds the first that fits."""
    state = DraftState([], [])
    change_rows(state, f"add-{kind}")
    (box,) = build_editor(state, (), FIELDS).questions
    state.questions[0] |= {field.id.rpartition("-")[2]: field.value for field in box.settings}
    return state


@pytest.mark.parametrize("kind", KINDS)
def test_a_box_that_nobody_has_touched_is_passed_over(kind: str) -> None:
    state = _new_box(kind)
    assert content_of(state, FIELDS) == ([], {"questions": []})
    assert unfinished(state) == []


@pytest.mark.parametrize(("kind", "entered"), ENTERED)
def test_a_box_without_a_title_is_kept_and_told(kind: str, entered: dict[str, str]) -> None:
    state = _new_box(kind)
    state.questions[0] |= entered
    content_of(state, FIELDS)
    (problem,) = unfinished(state)
    assert field_of(problem.pointer, state) == "questions-0-title"
    assert problem.detail == "Give the question a title, or clear the box."
    assert {name: state.questions[0][name] for name in entered} == entered


@pytest.mark.parametrize("label", [{"value": "a"}, {"title": "A"}, {"shortcut": "1"}, {"opt_out": "on"}])
def test_labels_keep_their_box(label: dict[str, str]) -> None:
    state = _new_box("choice")
    state.questions[0]["labels"][1] |= label
    content_of(state, FIELDS)
    assert [problem.pointer for problem in unfinished(state)] == ["#/label_schema/questions/0/title"]


def test_answers_to_wait_for_are_not_dropped_without_their_question() -> None:
    state = state_of([], {"questions": [TOPICS | {"kind": "choice"}, WHY]}, "")
    state.questions[1]["when_in"] = "Work"
    (problem,) = unfinished(state)
    assert field_of(problem.pointer, state) == "questions-1-when_question"
