"""Answers: validated, coded for agreement, converted from foreign files."""

from typing import Any

import pytest

from guidelines.schema.kind import CannotConvert
from guidelines.schema.schema import LabelSchema, parse_schema, validate_answers


@pytest.fixture
def schema() -> LabelSchema:
    labels = [
        {"value": "kind", "title": "Kind"},
        {"value": "rude", "title": "Rude"},
        {"value": "?", "title": "Cannot tell", "opt_out": True},
    ]
    when = {"question": "tone", "in": ["rude"]}
    return parse_schema(
        {
            "questions": [
                {"name": "tone", "kind": "choice", "title": "Tone", "required": True, "labels": labels},
                {"name": "force", "kind": "rating", "title": "Force", "required": True, "min": 0, "max": 4,
                 "when": when, "labels": {"0": "none"}},
            ]
        }
    )  # fmt: skip


@pytest.mark.parametrize("answers", [{"tone": "kind"}, {"tone": "?"}, {"tone": "rude", "force": 0}])
def test_validate_takes_complete_answers(schema: LabelSchema, answers: dict[str, Any]) -> None:
    assert validate_answers(schema, answers, {}) == []


@pytest.mark.parametrize(
    ("answers", "pointer", "code"),
    [
        (None, "#/answers", "wrong_type"),
        ({}, "#/answers/tone", "required"),
        ({"tone": "kind", "x/y": 1}, "#/answers/x~1y", "unknown_question"),
        ({"tone": "angry"}, "#/answers/tone", "unknown_label"),
        ({"tone": ["kind"]}, "#/answers/tone", "wrong_type"),
        ({"tone": None}, "#/answers/tone", "wrong_type"),
        ({"tone": "rude"}, "#/answers/force", "required"),
        ({"tone": "rude", "force": 5}, "#/answers/force", "unknown_label"),
        ({"tone": "rude", "force": True}, "#/answers/force", "wrong_type"),
        ({"tone": "rude", "force": 1.0}, "#/answers/force", "wrong_type"),
        ({"tone": "rude", "force": "1"}, "#/answers/force", "wrong_type"),
        ({"tone": "kind", "force": 1}, "#/answers/force", "not_shown"),
    ],
)
def test_validate_points_at_the_answer(schema: LabelSchema, answers: object, pointer: str, code: str) -> None:
    (problem,) = validate_answers(schema, answers, {})
    assert (problem.pointer, problem.code) == (pointer, code)


def test_code_leaves_an_opt_out_out_of_agreement(schema: LabelSchema) -> None:
    tone, force = schema.question("tone"), schema.question("force")
    assert schema.kind("tone").code(tone, "?") is None
    assert schema.kind("tone").code(tone, "rude") == "rude"
    assert schema.kind("tone").categories(tone) == ["kind", "rude"]
    assert schema.kind("tone").level(tone) == "nominal"
    assert schema.kind("force").code(force, 3) == 3
    assert schema.kind("force").categories(force) == [0, 1, 2, 3, 4]
    assert schema.kind("force").level(force) == "ordinal"


def test_display_shows_titles(schema: LabelSchema) -> None:
    assert schema.kind("tone").display(schema.question("tone"), "?") == "Cannot tell"
    assert schema.kind("force").display(schema.question("force"), 0) == "0 (none)"
    assert schema.kind("force").display(schema.question("force"), 1) == "1"


def test_same_compares_answers(schema: LabelSchema) -> None:
    assert schema.kind("tone").same(schema.question("tone"), "kind", "kind")
    assert not schema.kind("tone").same(schema.question("tone"), "kind", "rude")


@pytest.mark.parametrize("raw", ["4", "+4", "4.0", 4, 4.0])
def test_convert_reads_a_number_written_as_text(schema: LabelSchema, raw: object) -> None:
    answer = schema.kind("force").convert(schema.question("force"), raw, "#/force")
    assert answer == 4
    assert type(answer) is int


@pytest.mark.parametrize("raw", ["", " 4", "4.5", "5", "４", "1e0", "nan", 9, True, None, [4], float("nan")])
def test_convert_refuses_what_is_no_step(schema: LabelSchema, raw: object) -> None:
    with pytest.raises(CannotConvert) as caught:
        schema.kind("force").convert(schema.question("force"), raw, "#/force")
    assert caught.value.problem.code == "unknown_label"


@pytest.mark.parametrize("raw", ["Kind", " kind", "", None, 1, ["kind"], "kind\x00"])
def test_convert_refuses_what_is_no_label(schema: LabelSchema, raw: object) -> None:
    with pytest.raises(CannotConvert):
        schema.kind("tone").convert(schema.question("tone"), raw, "#/tone")


def test_read_answers_takes_a_part_of_the_questions(schema: LabelSchema) -> None:
    assert schema.read_answers({"force": "2"}, {}, "#") == ({"force": 2}, [])
    _, problems = schema.read_answers({"tone": "kind", "force": "2"}, {}, "#")
    assert [problem.code for problem in problems] == ["not_shown"]
    _, problems = schema.read_answers({"tone": "x", "force": "x"}, {}, "#")
    assert [problem.pointer for problem in problems] == ["#/tone", "#/force"]
