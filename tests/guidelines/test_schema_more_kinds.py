"""Several labels, numbers and texts: settings, answers, what agreement counts, and reading foreign files."""

from typing import Any

import pytest

from guidelines.schema.diff import affected_labels, is_semantic
from guidelines.schema.kind import CannotConvert
from guidelines.schema.multichoice import limits_in_words
from guidelines.schema.problems import SchemaInvalid
from guidelines.schema.schema import LabelSchema, parse_schema, validate_answers

LABELS = [{"value": v, "title": v.title()} for v in ("work", "home", "money", "none")]
TOPICS: dict[str, Any] = {
    "name": "topics", "kind": "multichoice", "title": "Topics", "labels": LABELS, "min": 1, "max": 2,
    "exclusive": ["none"],
}  # fmt: skip
WEIGHT: dict[str, Any] = {"name": "weight", "kind": "number", "title": "Weight", "level": "ratio", "min": 0, "max": 9.5}
WHY: dict[str, Any] = {"name": "why", "kind": "text", "title": "Why?", "max_length": 5}


def parse(*questions: dict[str, Any]) -> LabelSchema:
    return parse_schema({"questions": list(questions)})


@pytest.fixture
def schema() -> LabelSchema:
    return parse(TOPICS, WEIGHT, WHY)


@pytest.mark.parametrize(
    ("question", "changes", "where"),
    [
        (TOPICS, {"min": 3}, "max"),
        (TOPICS, {"min": True}, "min"),
        (TOPICS, {"max": 5}, "max"),
        (TOPICS, {"max": 0}, "max"),
        (TOPICS, {"min": 1.0}, "min"),
        (TOPICS, {"exclusive": ["gone"]}, "exclusive"),
        (TOPICS, {"exclusive": "none"}, "exclusive"),
        (TOPICS, {"exclusive": ["none", "none"]}, "exclusive"),
        (TOPICS, {"exclusive": [["none"]]}, "exclusive"),
        (TOPICS, {"labels": [LABELS[0]]}, "labels"),
        (TOPICS, {"labels": [*LABELS, {"value": "?", "title": "?", "opt_out": True}]}, "labels/4/opt_out"),
        (WEIGHT, {"level": "nominal"}, "level"),
        (WEIGHT, {"level": ["ratio"]}, "level"),
        (WEIGHT, {"min": 9.5}, "max"),
        (WEIGHT, {"min": -1}, "min"),
        (WEIGHT, {"min": "0"}, "min"),
        (WEIGHT, {"max": float("nan")}, "max"),
        (WEIGHT, {"max": float("inf")}, "max"),
        (WEIGHT, {"max": True}, "max"),
        (WEIGHT, {"labels": LABELS}, "labels"),
        (WHY, {"max_length": 0}, "max_length"),
        (WHY, {"max_length": 2.0}, "max_length"),
        (WHY, {"max_length": True}, "max_length"),
    ],
)
def test_settings_are_checked(question: dict[str, Any], changes: dict[str, Any], where: str) -> None:
    with pytest.raises(SchemaInvalid) as caught:
        parse(question | changes)
    assert [problem.pointer for problem in caught.value.problems] == [f"#/label_schema/questions/0/{where}"]


def test_a_number_must_say_what_scale_it_has() -> None:
    with pytest.raises(SchemaInvalid) as caught:
        parse({"name": "n", "kind": "number", "title": "N"})
    (problem,) = caught.value.problems
    assert (problem.pointer, problem.code) == ("#/label_schema/questions/0/level", "required")


@pytest.mark.parametrize(
    "changes",
    [{"weight": 0}, {"weight": 9.5}, {"topics": ["none"]}, {"topics": ["home", "work"]}, {"why": "😀😀😀😀😀"}],
)
def test_good_answers_are_taken(schema: LabelSchema, changes: dict[str, Any]) -> None:
    given: dict[str, Any] = {"topics": ["work"], "weight": 1.5, "why": "so"}
    assert validate_answers(schema, given | changes, {}) == []


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"topics": "work"}, "topics", "wrong_type"),
        ({"topics": [1]}, "topics", "wrong_type"),
        ({"topics": None}, "topics", "wrong_type"),
        ({"topics": ["work", "gone"]}, "topics/1", "unknown_label"),
        ({"topics": ["work", "work"]}, "topics", "repeated"),
        ({"topics": []}, "topics", "out_of_range"),
        ({"topics": ["work", "home", "money"]}, "topics", "out_of_range"),
        ({"topics": ["work", "none"]}, "topics", "exclusive"),
        ({"weight": "1"}, "weight", "wrong_type"),
        ({"weight": True}, "weight", "wrong_type"),
        ({"weight": float("nan")}, "weight", "out_of_range"),
        ({"weight": float("inf")}, "weight", "out_of_range"),
        ({"weight": 10**400}, "weight", "out_of_range"),
        ({"weight": -0.1}, "weight", "out_of_range"),
        ({"why": 3}, "why", "wrong_type"),
        ({"why": " \n"}, "why", "required"),
        ({"why": "123456"}, "why", "too_long"),
        ({"why": "a\x00b"}, "why", "bad_text"),
    ],
)
def test_bad_answers_are_pointed_at(schema: LabelSchema, changes: dict[str, Any], pointer: str, code: str) -> None:
    given: dict[str, Any] = {"topics": ["work"], "weight": 1.5, "why": "so"}
    (problem,) = validate_answers(schema, given | changes, {})
    assert (problem.pointer, problem.code) == (f"#/answers/{pointer}", code)


def test_without_limits_nothing_may_be_chosen() -> None:
    free = parse({key: value for key, value in TOPICS.items() if key not in ("min", "max")})
    assert validate_answers(free, {"topics": []}, {}) == []
    assert free.kind("topics").display(free.question("topics"), []) == "(none)"


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"min": 1, "max": 3}, "Choose 1 to 3"), ({"min": 2}, "Choose at least 2"), ({"max": 3}, "Choose at most 3"),
     ({}, "Choose all that apply"), ({"min": 2, "max": 2}, "Choose 2"),
     ({"min": 0, "max": 4}, "Choose all that apply")],
)  # fmt: skip
def test_limits_stand_in_words(limits: dict[str, int], words: str) -> None:
    assert limits_in_words({"labels": LABELS, **limits}) == words


def test_what_agreement_counts(schema: LabelSchema) -> None:
    topics, weight = schema.question("topics"), schema.question("weight")
    code = schema.kind("topics").code
    assert code(topics, ["work", "home"]) == code(topics, ["home", "work"]) == '["home","work"]'
    assert schema.kind("topics").level(topics) == "masi"
    values = [schema.kind("weight").code(weight, value) for value in (3, 3.0, 3.5, -0.0)]
    assert [repr(value) for value in values] == ["3", "3", "3.5", "0"]
    assert schema.kind("weight").level(weight) == "ratio"
    assert schema.kind("why").level(schema.question("why")) == "none"


def test_sets_are_compared_as_sets(schema: LabelSchema) -> None:
    kind, topics = schema.kind("topics"), schema.question("topics")
    assert kind.same(topics, ["work", "home"], ["home", "work"])
    assert not kind.same(topics, ["work"], ["home", "work"])
    assert kind.canonical(topics, ["gone", "home", "work"]) == ["work", "home", "gone"]
    assert kind.canonical(topics, "of an older scale") == "of an older scale"
    assert kind.display(topics, ["home", "work"]) == "Work, Home"


def test_only_labels_can_be_named_by_clauses_and_nothing_here_steers(schema: LabelSchema) -> None:
    assert schema.kind("topics").label_values(schema.question("topics")) == ["work", "home", "money", "none"]
    for name in ("topics", "weight", "why"):
        assert schema.kind(name).condition_values(schema.question(name)) is None
        when = {"question": name, "in": ["work"]}
        with pytest.raises(SchemaInvalid):
            parse(TOPICS, WEIGHT, WHY, WHY | {"name": "later", "when": when})


@pytest.mark.parametrize(
    ("name", "raw", "answer"),
    [
        ("topics", ["work", "home"], ["work", "home"]),
        ("topics", '["work"]', ["work"]),
        ("weight", "4", 4), ("weight", " 4.5 ", 4.5), ("weight", "1e0", 1.0), ("weight", ".5", 0.5), ("weight", 2, 2),
        ("why", "so", "so"), ("why", 12, "12"),
    ],
)  # fmt: skip
def test_files_are_read(schema: LabelSchema, name: str, raw: object, answer: object) -> None:
    assert schema.read_answers({name: raw}, {}, "#") == ({name: answer}, [])


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("topics", "work", "wrong_type"), ("topics", '{"a": 1}', "wrong_type"), ("topics", 3, "wrong_type"),
        ("topics", '["gone"]', "unknown_label"), ("topics", [["work"]], "unknown_label"),
        ("topics", ["work", "work"], "repeated"),
        ("weight", "", "no_number"), ("weight", "four", "no_number"), ("weight", True, "no_number"),
        ("weight", "NaN", "no_number"), ("weight", "１", "no_number"), ("weight", "1e999", "out_of_range"),
        ("weight", "12", "out_of_range"), ("why", "", "no_answer"), ("why", ["so"], "wrong_type"),
        ("why", "too long", "too_long"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_reported(schema: LabelSchema, name: str, raw: object, code: str) -> None:
    _, (problem,) = schema.read_answers({name: raw}, {}, "#")
    assert problem.code == code


def test_conversion_names_the_limits(schema: LabelSchema) -> None:
    with pytest.raises(CannotConvert, match=r"a number from 0 to 9\.5"):
        schema.kind("weight").convert(schema.question("weight"), "x", "#")


def test_a_changed_number_or_text_question_touches_all_its_answers() -> None:
    before, after = parse(TOPICS, WEIGHT, WHY), parse(TOPICS, WEIGHT | {"max": 8}, WHY | {"max_length": 9})
    assert affected_labels([], [], before, after) == {("weight", ""), ("why", "")}
    assert is_semantic([], [], before, after)
    renamed = parse(TOPICS | {"labels": [LABELS[0] | {"title": "Labour"}, *LABELS[1:]]}, WEIGHT, WHY)
    assert affected_labels([], [], before, renamed) == {("topics", "work")}
    clause = {"key": "why", "title": "Why", "question": "why", "definition": "Say why.", "use_when": "",
              "avoid_when": "", "examples": []}  # fmt: skip
    assert affected_labels([], [clause], before, before) == {("why", "")}
