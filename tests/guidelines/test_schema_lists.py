"""Spans, boxes, rankings and preferences: settings, answers, what agreement counts, and reading foreign files."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.graphemes import inside_graphemes
from guidelines.schema.diff import affected_labels
from guidelines.schema.itemtext import text_of
from guidelines.schema.kind import CannotConvert
from guidelines.schema.lists import labels_in
from guidelines.schema.problems import SchemaInvalid
from guidelines.schema.schema import LabelSchema, check_fields, parse_schema, validate_answers
from tests.paths import shared

LABELS = [{"value": v, "title": v.title()} for v in ("per", "loc")]
NAMES: dict[str, Any] = {"name": "names", "kind": "spans", "title": "Names", "field": "text", "labels": LABELS}
CARS: dict[str, Any] = {"name": "cars", "kind": "boxes", "title": "Cars", "field": "photo", "labels": LABELS[:1]}
ORDER: dict[str, Any] = {"name": "order", "kind": "ranking", "title": "Order", "options": ["a", "b", "c"]}
BETTER: dict[str, Any] = {
    "name": "better", "kind": "preference", "title": "Better", "fields": ["left", "right"],
    "extra": ["tie", "cannot_judge"],
}  # fmt: skip
TEXT = "Ann of Rome met Ann"
GOOD: dict[str, Any] = {
    "names": [{"start": 7, "end": 11, "label": "loc"}, {"start": 0, "end": 3, "label": "per"}],
    "cars": [{"x": 0.1, "y": 0.2, "width": 0.9, "height": 0.5, "label": "per"}],
    "order": [["c"], ["b", "a"]],
    "better": "right",
}


def parse(*questions: dict[str, Any]) -> LabelSchema:
    return parse_schema({"questions": list(questions)})


SCHEMA = parse(NAMES, CARS, ORDER, BETTER)


def problems_of(changes: dict[str, Any], schema: LabelSchema = SCHEMA, text: str = TEXT) -> dict[str, str]:
    found = validate_answers(schema, GOOD | changes, {"text": text})
    assert all(problem.detail.endswith(".") for problem in found)
    return {problem.pointer.removeprefix("#/answers/"): problem.code for problem in found}


def span(start: Any, end: Any, label: str = "per") -> dict[str, Any]:
    return {"start": start, "end": end, "label": label}


def box(**changes: Any) -> dict[str, Any]:
    return {"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.1, "label": "per"} | changes


@pytest.mark.parametrize(
    ("question", "changes", "where"),
    [
        (NAMES, {"field": ""}, "field"),
        (NAMES, {"field": None}, "field"),
        (NAMES, {"labels": []}, "labels"),
        (NAMES, {"crossing": "some"}, "crossing"),
        (NAMES, {"crossing": ["none"]}, "crossing"),
        (NAMES, {"labels": [LABELS[0] | {"opt_out": True}]}, "labels/0/opt_out"),
        (CARS, {"field": 3}, "field"),
        (CARS, {"labels": [LABELS[0] | {"parent": "gone"}]}, "labels/0/parent"),
        (CARS, {"crossing": "none"}, "crossing"),
        (ORDER, {"options": ["a"]}, "options"),
        (ORDER, {"options": ["a", "a"]}, "options/1"),
        (ORDER, {"options": ["a", 2]}, "options/1"),
        (ORDER, {"options": ["a", "\x00"]}, "options/1"),
        (ORDER, {"fields": ["a", "b"]}, "options"),
        (BETTER, {"fields": ["left"]}, "fields"),
        (BETTER, {"fields": ["left", "right", "middle"]}, "fields"),
        (BETTER, {"fields": ["left", "left"]}, "fields/1"),
        (BETTER, {"fields": ["left", "tie"]}, "fields/1"),
        (BETTER, {"extra": ["maybe"]}, "extra"),
        (BETTER, {"extra": ["tie", "tie"]}, "extra"),
        (BETTER, {"extra": [["tie"]]}, "extra"),
    ],
)
def test_settings_are_checked(question: dict[str, Any], changes: dict[str, Any], where: str) -> None:
    with pytest.raises(SchemaInvalid) as caught:
        parse(question | changes)
    assert [problem.pointer for problem in caught.value.problems] == [f"#/label_schema/questions/0/{where}"]


def test_a_ranking_may_be_of_fields() -> None:
    fields = parse({**{k: v for k, v in ORDER.items() if k != "options"}, "fields": ["x", "y"]})
    assert validate_answers(fields, {"order": [["y"], ["x"]]}, {}) == []


def test_questions_are_about_fields_of_the_project() -> None:
    declared = [
        {"name": "text", "type": "chat"},
        {"name": "photo", "type": "text"},
        {"name": "left", "type": "image"},
    ]
    assert {p.pointer: p.code for p in check_fields(SCHEMA, declared)} == {
        "#/label_schema/questions/1/field": "unknown_field",
        "#/label_schema/questions/3/fields/1": "unknown_field",
    }


def test_good_answers_are_taken() -> None:
    assert problems_of({}) == {}
    assert problems_of({"names": [], "cars": [], "order": [["a"]], "better": "tie"}) == {}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"names": "x"}, {"names": "wrong_type"}),
        ({"names": ["x"]}, {"names/0": "wrong_type"}),
        ({"names": [span(0, 3, "org")]}, {"names/0/label": "unknown_label"}),
        ({"names": [span(0, 3) | {"text": "Ann"}]}, {"names/0/text": "unknown_key"}),
        ({"names": [{"start": 0, "label": "per"}]}, {"names/0/end": "required"}),
        ({"names": [span(0, 20)]}, {"names/0/end": "out_of_range"}),
        ({"names": [span(3, 3)]}, {"names/0/end": "out_of_range"}),
        ({"names": [span(-1, 3)]}, {"names/0/end": "out_of_range"}),
        ({"names": [span(0.0, 3)]}, {"names/0/start": "wrong_type"}),
        ({"names": [span(0, True)]}, {"names/0/end": "wrong_type"}),
        ({"names": [span(0, 3), span(0, 3)]}, {"names/1": "repeated"}),
        ({"names": [span(0, 6), span(4, 11)]}, {"names/1": "crossing"}),
        ({"names": [span(0, 11), span(0, 3)]}, {"names/1": "crossing"}),
        ({"names": [span(0, 3), span(0, 3, "loc")]}, {"names/1": "crossing"}),
        ({"cars": {}}, {"cars": "wrong_type"}),
        ({"cars": [box(x="0.1")]}, {"cars/0/x": "wrong_type"}),
        ({"cars": [box(x=float("nan"))]}, {"cars/0/x": "wrong_type"}),
        ({"cars": [box(x=True)]}, {"cars/0/x": "wrong_type"}),
        ({"cars": [box(x=-0.1)]}, {"cars/0/x": "out_of_range"}),
        ({"cars": [box(width=0)]}, {"cars/0/width": "out_of_range"}),
        ({"cars": [box(width=-0.2)]}, {"cars/0/width": "out_of_range"}),
        ({"cars": [box(height=0.81)]}, {"cars/0/height": "out_of_range"}),
        ({"cars": [box(), box(x=0.1 + 1e-12)]}, {"cars/1": "repeated"}),
        ({"cars": [box(label="loc")]}, {"cars/0/label": "unknown_label"}),
        ({"order": "a"}, {"order": "wrong_type"}),
        ({"order": ["a"]}, {"order": "wrong_type"}),
        ({"order": []}, {"order": "required"}),
        ({"order": [["a"], []]}, {"order/1": "required"}),
        ({"order": [["a"], ["b", "a"]]}, {"order/1/1": "repeated"}),
        ({"order": [["a", "d"]]}, {"order/0/1": "unknown_label"}),
        ({"order": [[["a"]]]}, {"order/0/0": "unknown_label"}),
        ({"better": "both_bad"}, {"better": "unknown_label"}),
        ({"better": ["left"]}, {"better": "wrong_type"}),
    ],
)
def test_bad_answers_are_refused_where_they_are_bad(changes: dict[str, Any], found: dict[str, str]) -> None:
    assert problems_of(changes) == found


def test_a_box_may_end_at_the_edge_whatever_the_floats_say() -> None:
    assert problems_of({"cars": [box(x=0.7, width=0.1 + 0.2)]}) == {}


@pytest.mark.parametrize(
    ("crossing", "spans", "taken"),
    [
        ("none", [span(0, 3), span(3, 6)], True),
        ("nested", [span(0, 11), span(0, 3), span(4, 6, "loc"), span(0, 11, "loc")], True),
        ("nested", [span(0, 6), span(4, 11)], False),
        ("nested", [span(0, 11), span(2, 5), span(4, 7)], False),
        ("any", [span(0, 6), span(4, 11), span(0, 6, "loc")], True),
        ("any", [span(0, 6), span(0, 6)], False),
    ],
)
def test_crossing_is_as_the_question_says(crossing: str, spans: list[dict[str, Any]], taken: bool) -> None:
    schema = parse(NAMES | {"crossing": crossing})
    assert (validate_answers(schema, {"names": spans}, {"text": TEXT}) == []) is taken


@given(
    st.sampled_from(["none", "nested", "any"]),
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 10)).filter(lambda edges: edges[0] < edges[1]), max_size=7),
)
def test_the_crossing_rule_is_that_of_every_pair(crossing: str, edges: list[tuple[int, int]]) -> None:
    def fine(a: tuple[int, int], b: tuple[int, int]) -> bool:
        apart = a[1] <= b[0] or b[1] <= a[0]
        inside = (a[0] <= b[0] and b[1] <= a[1]) or (b[0] <= a[0] and a[1] <= b[1])
        return apart or crossing == "any" or (crossing == "nested" and inside)

    edges = list(dict.fromkeys(edges))
    allowed = all(fine(a, b) for i, a in enumerate(edges) for b in edges[:i])
    answer = [span(*pair) for pair in edges]
    found = validate_answers(parse(NAMES | {"crossing": crossing}), {"names": answer}, {"text": "x" * 10})
    assert (found == []) is allowed


@given(st.permutations(GOOD["names"] + [span(12, 15), span(16, 19)]))
def test_spans_in_any_order_are_one_answer(spans: list[dict[str, Any]]) -> None:
    kind, question = SCHEMA.kind("names"), SCHEMA.question("names")
    canonical = kind.canonical(question, spans)
    assert [entry["start"] for entry in canonical] == [0, 7, 12, 16]
    assert json.loads(str(kind.code(question, spans))) == canonical
    assert kind.same(question, spans, canonical)
    assert kind.canonical(question, canonical) == canonical


share = st.floats(0, 1, allow_nan=False)


@given(st.lists(st.tuples(share, share, share, share), max_size=5))
def test_what_is_canonical_is_an_answer_again(sides: list[tuple[float, float, float, float]]) -> None:
    kind, question = SCHEMA.kind("cars"), SCHEMA.question("cars")
    boxes = [box(x=x, y=y, width=width, height=height) for x, y, width, height in sides]
    if kind.validate_answer(question, boxes, {}, "#"):
        return
    canonical = kind.canonical(question, boxes)
    assert kind.validate_answer(question, canonical, {}, "#") == []
    assert kind.canonical(question, canonical) == canonical
    assert kind.same(question, list(reversed(boxes)), canonical)
    assert json.loads(str(kind.code(question, boxes))) == canonical


def test_rankings_are_compared_by_tied_groups() -> None:
    kind, question = SCHEMA.kind("order"), SCHEMA.question("order")
    assert kind.same(question, [["c"], ["a", "b"]], [["c"], ["b", "a"]])
    assert not kind.same(question, [["c"], ["a", "b"]], [["c"], ["a"], ["b"]])
    assert kind.code(question, [["c"], ["b", "a"]]) == '[["c"],["a","b"]]'
    assert kind.display(question, [["c"], ["b", "a"]]) == "c > a = b"
    assert kind.level(question) == "ranking"


def test_who_cannot_judge_is_left_out_of_agreement() -> None:
    kind, question = SCHEMA.kind("better"), SCHEMA.question("better")
    assert (kind.code(question, "cannot_judge"), kind.code(question, "tie")) == (None, "tie")
    assert kind.categories(question) == ["left", "right", "tie"]
    assert kind.level(question) == "nominal"
    assert [kind.display(question, value) for value in ("left", "cannot_judge")] == ["left", "Cannot judge"]
    condition = {"when": {"question": "better", "in": ["tie"]}}
    assert parse(BETTER, ORDER | condition).shown("order", {"better": "tie"})


def test_answers_are_shown_in_words() -> None:
    kind, question = SCHEMA.kind("names"), SCHEMA.question("names")
    assert kind.display_in(question, GOOD["names"], {"text": TEXT}) == "“Ann” Per; “Rome” Loc"
    assert kind.display(question, GOOD["names"]) == "Per 0–3; Loc 7–11"
    assert kind.display(question, []) == "(no spans)"
    cars = SCHEMA.kind("cars").display(SCHEMA.question("cars"), GOOD["cars"])
    assert cars == "Per at 10, 20, size 90 × 50 %"


def test_a_pattern_says_what_is_disputed() -> None:
    kind, question = SCHEMA.kind("names"), SCHEMA.question("names")
    ann, rome = span(0, 3), span(7, 11, "loc")
    for answers, pattern in (
        ([[ann, rome], [ann]], "presence of Loc"),
        ([[ann], [span(0, 6)]], "boundaries of Per"),
        ([[rome], [span(7, 11)]], "Loc against Per"),
        ([[rome], [span(5, 11)]], "Loc against Per"),
        ([[ann, rome], [span(0, 4), span(12, 15)], [ann]], "boundaries of Per; presence of Loc; presence of Per"),
    ):
        assert kind.pattern(question, answers) == pattern
        assert kind.pattern(question, answers[::-1]) == pattern
    cars, question = SCHEMA.kind("cars"), SCHEMA.question("cars")
    assert cars.pattern(question, [[box()], [box(x=0.3)], []]) == "boundaries of Per; presence of Per"
    assert cars.pattern(question, [[box()], [box(x=0.6)]]) == "presence of Per"
    order, question = SCHEMA.kind("order"), SCHEMA.question("order")
    assert order.pattern(question, [[["b"], ["a"]], [["a"], ["b"]]]) == "a > b | b > a"


@pytest.mark.parametrize("answer", ["x", 3, ["x"], [["x"]], [{"start": 0}], [{"x": 1}], {}, None, *GOOD.values()])
def test_answers_of_another_version_are_shown_whatever_their_shape(answer: Any) -> None:
    others = parse(
        {"name": "one", "kind": "choice", "title": "One", "labels": LABELS},
        {"name": "many", "kind": "multichoice", "title": "Many", "labels": LABELS},
        {"name": "scale", "kind": "rating", "title": "S", "min": 1, "max": 3, "labels": {"1": "low"}},
    )
    for schema in (SCHEMA, others):
        for question in schema.questions:
            kind = schema.kind(question["name"])
            assert kind.same(question, answer, answer)
            assert isinstance(kind.display_in(question, kind.canonical(question, answer), {}), str)
            assert isinstance(kind.pattern(question, [answer, "y"]), str)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
scalars |= st.sampled_from(["per", "loc", "a", "b", "left", "tie", 10**400, -(10**400), 0.5])
keys = st.sampled_from(["start", "end", "label", "x", "y", "width", "height", "text"]) | st.text(max_size=3)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6), max_leaves=14
)


@given(st.sampled_from(sorted(GOOD)), anything)
def test_nothing_that_json_can_hold_breaks_a_kind(name: str, raw: Any) -> None:
    kind, question = SCHEMA.kind(name), SCHEMA.question(name)
    if not kind.validate_answer(question, raw, {"text": TEXT}, "#"):
        canonical = kind.canonical(question, raw)
        assert kind.validate_answer(question, canonical, {"text": TEXT}, "#") == []
        assert kind.same(question, raw, canonical)
        assert kind.code(question, raw) == kind.code(question, canonical)
        assert isinstance(kind.display_in(question, raw, {"text": TEXT}), str)
        assert set(labels_in(raw)) <= set(kind.label_values(question))
    try:
        answer = kind.read(question, raw, {"text": TEXT}, "#")
    except CannotConvert:
        return
    kind.validate_answer(question, answer, {"text": TEXT}, "#")


@given(st.sampled_from([NAMES, CARS, ORDER, BETTER]), st.dictionaries(
    st.sampled_from(["field", "labels", "crossing", "options", "fields", "extra"]), anything, max_size=4))  # fmt: skip
def test_settings_of_any_shape_are_refused_or_taken(question: dict[str, Any], changes: dict[str, Any]) -> None:
    try:
        schema = parse(question | changes)
    except SchemaInvalid:
        return
    kind, asked = schema.kind(question["name"]), schema.question(question["name"])
    assert kind.label_values(asked)
    assert all(isinstance(name, str) for name in kind.fields_used(asked).values())


def test_labels_in_an_answer_of_any_kind() -> None:
    assert labels_in(GOOD["names"]) == ["loc", "per"]
    assert labels_in(GOOD["order"]) == ["c", "b", "a"]
    assert labels_in("tie") == ["tie"]
    assert labels_in(4) == ["4"]
    assert labels_in(["x", "y"]) == ["x", "y"]


def test_a_change_touches_the_labels_that_changed() -> None:
    after = parse(
        NAMES | {"labels": [LABELS[0], LABELS[1] | {"title": "Place"}]}, CARS, ORDER | {"options": ["a", "b", "d"]},
        BETTER,
    )  # fmt: skip
    assert affected_labels([], [], SCHEMA, after) == {("names", "loc"), ("order", "c"), ("order", "d")}
    crossing = parse(NAMES | {"crossing": "any"}, CARS, ORDER, BETTER | {"extra": ["tie"]})
    assert affected_labels([], [], SCHEMA, crossing) == {
        ("names", "per"), ("names", "loc"), ("better", "left"), ("better", "right"), ("better", "tie"),
        ("better", "cannot_judge"),
    }  # fmt: skip


# --- files ----------------------------------------------------------------------------------------------------------


def read(name: str, raw: object, text: str = TEXT) -> Any:
    answers, problems = SCHEMA.read_answers({name: raw}, {"text": text}, "#")
    assert not problems, problems
    return answers[name]


def refusal(name: str, raw: object, text: str = TEXT) -> tuple[str, str]:
    _, (problem, *_) = SCHEMA.read_answers({name: raw}, {"text": text}, "#")
    return problem.pointer, problem.code


def test_files_hold_lists_or_json_text() -> None:
    for name, answer in GOOD.items():
        assert read(name, answer) == answer
        assert read(name, answer if isinstance(answer, str) else json.dumps(answer)) == answer


def test_a_span_of_a_file_may_carry_its_text() -> None:
    assert read("names", [span(0, 3) | {"text": "Ann"}]) == [span(0, 3)]
    for wrong in ("ann", "Anno", None, 3):
        assert refusal("names", [span(0, 3) | {"text": wrong}]) == ("#/names/0/text", "offset_mismatch")
    assert refusal("names", [span(17, 20) | {"text": "nn"}]) == ("#/names/0/end", "out_of_range")
    assert refusal("names", [span(-3, 3) | {"text": ""}]) == ("#/names/0/text", "offset_mismatch")


@pytest.mark.parametrize("name", ["names", "cars", "order"])
@pytest.mark.parametrize("raw", ["", "x", "{}", 3, None, "[" * 5000])
def test_what_is_no_list_is_reported(name: str, raw: object) -> None:
    assert refusal(name, raw) == (f"#/{name}", "wrong_type")


def test_options_written_as_numbers_are_read() -> None:
    kind, question = parse(ORDER | {"options": ["1", "2"]}).kind("order"), ORDER | {"options": ["1", "2"]}
    assert kind.convert(question, "[[2], [1]]", "#") == [["2"], ["1"]]
    with pytest.raises(CannotConvert):
        kind.convert(question, [[3]], "#")
    with pytest.raises(CannotConvert):
        kind.convert(question, ["1"], "#")


# --- the text that offsets count in -----------------------------------------------------------------------------------


def test_the_text_of_a_chat_is_its_turns_in_lines() -> None:
    turns = [{"role": "user", "content": "ab"}, {"role": "x", "content": ""}, {"from": "y", "text": "c"}, {"role": "z"}]
    assert text_of(turns) == "ab\n\nc\n"
    assert text_of("ab") == "ab"
    assert text_of(None) == ""
    assert text_of([{"content": [{"type": "image"}]}, {"content": "d"}]) == "\nd"
    assert text_of([{"content": [{"type": "text", "text": "a"}, {"text": "b"}]}, {"content": "d"}]) == "a\nb\nd"


def test_a_span_in_a_chat_counts_over_its_turns() -> None:
    chat = [{"role": "user", "content": "Hi Ann"}, {"role": "bot", "content": "Rome?"}]
    fields = {"text": chat}
    schema = parse(NAMES)
    assert validate_answers(schema, {"names": [span(3, 6), span(7, 11, "loc")]}, fields) == []
    assert validate_answers(schema, {"names": [span(7, 13)]}, fields)[0].code == "out_of_range"


def _grapheme_rows() -> Iterator[tuple[int, str]]:
    for number, line in enumerate(shared("badinput/unicode/GraphemeBreakTest.txt").read_text().splitlines(), 1):
        rule = line.partition("#")[0].strip()
        if rule and "D800" not in rule:
            yield number, rule


def test_graphemes_end_where_unicode_says() -> None:
    wrong = []
    for number, rule in _grapheme_rows():
        text, inside = "", set()
        for mark, code in zip(rule.split()[::2], rule.split()[1::2], strict=False):
            if mark == "×":
                inside.add(len(text))
            text += chr(int(code, 16))
        if inside_graphemes(text, range(len(text) + 1)) != inside:
            wrong.append((number, rule))
    # One line is of an older edition, in which U+2701 was a picture.
    assert [rule for _, rule in wrong if "2701" not in rule] == []


@pytest.mark.parametrize("text", ["e\u0301a", "👨‍👩‍👧x", "\r\n", "🇩🇪🇫🇷", "한글", "กำ", "a🇩🇪"])
def test_no_span_ends_inside_a_character(text: str) -> None:
    inside = inside_graphemes(text, range(len(text) + 1))
    schema = parse(NAMES | {"crossing": "any"})
    for end in range(1, len(text) + 1):
        found = validate_answers(schema, {"names": [span(0, end)]}, {"text": text})
        assert [problem.code for problem in found] == (["inside_grapheme"] if end in inside else [])


@given(st.text(alphabet="ab\r\n\u0301\u200d👩🇩é한ก", max_size=30), st.data())
def test_any_offset_alone_is_judged_as_among_all(text: str, data: st.DataObject) -> None:
    every = inside_graphemes(text, range(len(text) + 1))
    one = data.draw(st.integers(0, len(text)))
    assert (one in inside_graphemes(text, [one])) is (one in every)
