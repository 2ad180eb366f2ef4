"""Clauses and what differs between two versions."""

import json
from typing import Any

import pytest

from guidelines.schema.clauses import check_links, parse_clauses
from guidelines.schema.diff import NO_QUESTIONS, affected_labels, diff_clauses, diff_labels, is_semantic
from guidelines.schema.problems import SchemaInvalid
from guidelines.schema.schema import LabelSchema, parse_schema
from tests.paths import shared


def clause(key: str, **more: Any) -> dict[str, Any]:
    return parse_clauses([{"key": key, "title": key.title(), **more}])[0]


def schema(*values: str, **first: Any) -> LabelSchema:
    labels: list[dict[str, Any]] = [{"value": value, "title": value.title()} for value in values]
    labels[0] |= first
    return parse_schema({"questions": [{"name": "tone", "kind": "choice", "title": "Tone", "labels": labels}]})


SCHEMA = schema("kind", "rude")


def test_parse_fills_in_the_texts_left_out() -> None:
    example = {"text": "You fool.", "answer": "rude"}
    assert clause("insult", question=None, examples=[example]) == {
        "key": "insult", "title": "Insult", "definition": "", "use_when": "", "avoid_when": "",
        "examples": [{**example, "why": ""}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({}, "#/clauses"),
        ([3], "#/clauses/0"),
        ([{"key": "A b", "title": "x"}], "#/clauses/0/key"),
        ([{"key": "a", "title": "x"}, {"key": "a", "title": "y"}], "#/clauses/1/key"),
        ([{"key": "a"}], "#/clauses/0/title"),
        ([{"key": "a", "title": "x", "body": ""}], "#/clauses/0/body"),
        ([{"key": "a", "title": "x", "definition": 3}], "#/clauses/0/definition"),
        ([{"key": "a", "title": "x", "use_when": "\x00"}], "#/clauses/0/use_when"),
        ([{"key": "a", "title": "x", "label": "rude"}], "#/clauses/0/question"),
        ([{"key": "a", "title": "x", "examples": {}}], "#/clauses/0/examples"),
        ([{"key": "a", "title": "x", "examples": [3]}], "#/clauses/0/examples/0"),
        ([{"key": "a", "title": "x", "examples": [{"text": "t", "note": 1}]}], "#/clauses/0/examples/0/note"),
        (
            [{"key": "a", "title": "x", "examples": [{"text": "t", "answer": ["\ud800"]}]}],
            "#/clauses/0/examples/0/answer/0",
        ),
    ],
)
def test_parse_points_at_what_is_wrong(data: object, pointer: str) -> None:
    with pytest.raises(SchemaInvalid) as caught:
        parse_clauses(data)
    assert [problem.pointer for problem in caught.value.problems] == [pointer]


def test_parse_keeps_naughty_strings_or_points_at_them() -> None:
    for text in json.loads(shared("badinput", "blns", "blns.json").read_text("utf-8")):
        assert clause("a", definition=text)["definition"] == text


def test_links_must_lead_somewhere() -> None:
    clauses = [
        clause("a", question="mood"),
        clause("b", question="tone", label="odd"),
        clause("c", question="tone", label="rude"),
    ]
    linked = schema("kind", "rude", clause="gone")
    assert [(p.pointer, p.code) for p in check_links(clauses, linked)] == [
        ("#/clauses/0/question", "unknown_question"),
        ("#/clauses/1/label", "unknown_label"),
        ("#/label_schema/questions/0/labels/0/clause", "unknown_clause"),
    ]


def test_diff_clauses_matches_by_key() -> None:
    before = [clause("a"), clause("b"), clause("c")]
    after = [clause("c"), clause("b", definition="new"), clause("d")]
    states = [(row["key"], row["state"]) for row in diff_clauses(before, after)]
    assert states == [("c", "same"), ("b", "changed"), ("d", "added"), ("a", "removed")]


def test_diff_labels_shows_labels_and_questions() -> None:
    rows = diff_labels(SCHEMA, schema("kind", "angry"))
    assert [(row["label"], row["state"]) for row in rows] == [
        (None, "same"), ("kind", "same"), ("angry", "added"), ("rude", "removed"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "touched"),
    [
        (
            [clause("a", question="tone", label="rude")],
            [clause("a", question="tone", label="rude", definition="x")],
            {"rude"},
        ),
        ([clause("a", question="tone")], [clause("a", question="tone", use_when="x")], {"kind", "rude"}),
        ([clause("linked")], [clause("linked", avoid_when="x")], {"kind"}),
        ([clause("linked")], [clause("linked", examples=[{"text": "x"}])], set()),
        ([clause("free")], [clause("free", definition="x")], set()),
        ([], [clause("a", question="tone", label="rude", definition="x")], {"rude"}),
    ],
)
def test_affected_labels_follow_the_links(before: list[Any], after: list[Any], touched: set[str]) -> None:
    linked = schema("kind", "rude", clause="linked")
    assert affected_labels(before, after, linked, linked) == {("tone", value) for value in touched}


def test_affected_labels_of_a_changed_schema() -> None:
    assert affected_labels([], [], SCHEMA, schema("kind", "rude", "odd")) == {("tone", "odd")}
    assert affected_labels([], [], SCHEMA, schema("kind", "rude", title="Nice")) == {("tone", "kind")}
    assert affected_labels([], [], SCHEMA, schema("kind", "rude", shortcut="k")) == set()
    assert affected_labels([], [], NO_QUESTIONS, SCHEMA) == {("tone", "kind"), ("tone", "rude")}


@pytest.mark.parametrize(
    ("before", "after", "semantic"),
    [
        (clause("a"), clause("a", definition="x"), True),
        (clause("a"), clause("a", use_when="x"), True),
        (clause("a"), clause("a", question="tone"), True),
        (clause("a"), {**clause("a"), "title": "Other"}, False),
        (clause("a"), clause("a", examples=[{"text": "x"}]), False),
    ],
)
def test_is_semantic_suggests(before: dict[str, Any], after: dict[str, Any], semantic: bool) -> None:
    assert is_semantic([before], [after], SCHEMA, SCHEMA) is semantic


def test_is_semantic_sees_the_label_schema() -> None:
    assert is_semantic([], [], SCHEMA, schema("kind", "rude", "odd"))
    assert not is_semantic([], [], SCHEMA, schema("kind", "rude", shortcut="k"))
