"""Label schemas: what is taken, and what is refused with a pointer and a mend."""

from typing import Any

import pytest

from guidelines.schema.problems import SchemaInvalid
from guidelines.schema.schema import parse_schema

CHOICE: dict[str, Any] = {
    "name": "tone",
    "kind": "choice",
    "title": "Tone",
    "required": True,
    "labels": [{"value": "kind", "title": "Kind"}, {"value": "rude", "title": "Rude", "shortcut": "r"}],
}
RATING: dict[str, Any] = {"name": "force", "kind": "rating", "title": "Force", "required": False, "min": 1, "max": 5}


def problems_of(*questions: Any) -> dict[str, str]:
    with pytest.raises(SchemaInvalid) as caught:
        parse_schema({"questions": list(questions)})
    assert all(problem.detail.endswith(".") for problem in caught.value.problems)
    return {problem.pointer: problem.code for problem in caught.value.problems}


def test_parse_keeps_the_questions_as_given() -> None:
    data = {"questions": [CHOICE, {**RATING, "when": {"question": "tone", "in": ["rude"]}, "labels": {"1": "mild"}}]}
    schema = parse_schema(data)
    assert schema.as_data() == data
    assert schema.question_names == ("tone", "force")
    assert schema.is_required("tone")
    assert not schema.is_required("force")


@pytest.mark.parametrize("data", [{}, {"questions": []}])
def test_parse_lets_a_draft_be_empty(data: object) -> None:
    assert parse_schema(data, empty_ok=True).questions == ()


@pytest.mark.parametrize("data", [None, [], {}, {"questions": []}, {"questions": {}}, {"questions": [1]}, "x"])
def test_parse_refuses_what_is_no_schema(data: object) -> None:
    with pytest.raises(SchemaInvalid):
        parse_schema(data)


@pytest.mark.parametrize("kind", ["relations", "x", 3, None])
def test_parse_names_the_supported_kinds(kind: object) -> None:
    with pytest.raises(SchemaInvalid) as caught:
        parse_schema({"questions": [{**CHOICE, "kind": kind}]})
    (problem,) = caught.value.problems
    assert problem.code == "unsupported_kind"
    assert "choice" in problem.detail
    assert "rating" in problem.detail


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"name": "Tone"}, "name", "invalid_name"),
        ({"name": "1"}, "name", "invalid_name"),
        ({"title": " "}, "title", "required"),
        ({"title": "a\x00"}, "title", "bad_text"),
        ({"help": "\ud800"}, "help", "bad_text"),
        ({"required": 1}, "required", "wrong_type"),
        ({"colour": "red"}, "colour", "unknown_key"),
        ({"min": 1}, "min", "unknown_key"),
        ({"labels": []}, "labels", "required"),
        ({"labels": [{"value": "a", "title": "A"}, 3]}, "labels/1", "wrong_type"),
        ({"labels": [{"value": "a", "title": "A"}, {"value": "a", "title": "B"}]}, "labels/1/value", "invalid"),
        ({"labels": [{"value": "a", "title": "A"}, {"value": "\x00", "title": "B"}]}, "labels/1/value", "bad_text"),
        (
            {"labels": [{"value": "a", "title": "A"}, {"value": "b", "title": "B", "x/y": 1}]},
            "labels/1/x~1y",
            "unknown_key",
        ),
        (
            {"labels": [{"value": "a", "title": "A"}, {"value": "b", "title": "B", "parent": "c"}]},
            "labels/1/parent",
            "invalid",
        ),
        ({"labels": [{"value": v, "title": v, "opt_out": True} for v in "ab"]}, "labels", "invalid"),
        ({"when": {"question": "later", "in": ["x"]}}, "when/question", "unknown_question"),
        ({"when": {"question": "tone", "in": ["x"]}}, "when/question", "unknown_question"),
        ({"when": {}}, "when", "wrong_type"),
    ],
)
def test_parse_points_at_what_is_wrong(change: dict[str, Any], pointer: str, code: str) -> None:
    assert problems_of({**CHOICE, **change}) == {f"#/label_schema/questions/0/{pointer}": code}


def test_parse_refuses_a_circle_of_parents() -> None:
    labels = [{"value": "a", "title": "A", "parent": "b"}, {"value": "b", "title": "B", "parent": "a"}]
    assert len(problems_of({**CHOICE, "labels": labels})) == 2


def test_parse_refuses_two_questions_of_one_name() -> None:
    assert problems_of(CHOICE, CHOICE) == {"#/label_schema/questions/1/name": "duplicate_name"}


def test_parse_refuses_a_condition_on_no_answer() -> None:
    asked = {**RATING, "when": {"question": "tone", "in": ["angry"]}}
    assert problems_of(CHOICE, asked) == {"#/label_schema/questions/1/when/in/0": "unknown_label"}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"min": True}, "min"),
        ({"min": 1.0}, "min"),
        ({"max": "5"}, "max"),
        ({"max": 1}, "max"),
        ({"max": 500}, "max"),
        ({"labels": []}, "labels"),
        ({"labels": {"6": "x"}}, "labels/6"),
        ({"labels": {"1": 3}}, "labels/1"),
        ({"labels": {"1": "\x00"}}, "labels/1"),
    ],
)
def test_parse_checks_a_rating(change: dict[str, Any], pointer: str) -> None:
    assert list(problems_of({**RATING, **change})) == [f"#/label_schema/questions/0/{pointer}"]
