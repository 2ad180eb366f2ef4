"""Rows become items and answers, whole or not at all."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guidelines.schema.schema import LabelSchema, parse_schema
from intake.answers import MappedAnswer
from intake.apply import Mapped, apply_mapping
from intake.fields import FieldSpec
from intake.mapping import parse_mapping
from intake.readers.base import FileRefused, Row, RowProblem
from intake.readers.registry import get_reader
from intake.repeats import settle_repeats
from tests.paths import shared

TEXT = (FieldSpec("text", "text", required=True),)
LABEL_LIST = [{"value": value, "title": value} for value in ("kind", "rude")]
SCHEMA = parse_schema(
    {
        "questions": [
            {"name": "tone", "kind": "choice", "title": "Tone", "labels": LABEL_LIST},
            {"name": "force", "kind": "rating", "title": "Force", "required": False, "min": 1, "max": 6},
        ]
    }
)  # fmt: skip


def apply(
    data: dict[str, Any], mapping: object, fields: tuple[FieldSpec, ...] = TEXT, schema: LabelSchema | None = SCHEMA
) -> Mapped | RowProblem:
    (result,) = apply_mapping([Row(7, data)], parse_mapping(mapping), fields, schema, file_hash="f00", columns=None)
    return result


def kept(*args: Any, **more: Any) -> Mapped:
    result = apply(*args, **more)
    assert isinstance(result, Mapped), result
    return result


def reported(*args: Any, **more: Any) -> tuple[str, str]:
    result = apply(*args, **more)
    assert isinstance(result, RowProblem), result
    assert result.line == 7
    assert result.detail.endswith(".")
    return result.pointer, result.code


LABELS = {"external_id": "id", "annotator": "who", "answers": {"tone": "label"}}


def test_apply_maps_fields_of_the_same_name() -> None:
    item = kept({"text": " e\u0301 ", "other": "x"}, None).item
    assert (item.external_id, item.fields, item.metadata) == ("f00:7", {"text": " e\u0301 "}, {})


def test_apply_reaches_inside() -> None:
    mapping = {"external_id": "meta.id", "fields": {"text": "a.b"}, "metadata": {"x": "meta.x", "y": "meta.x.y"}}
    data = {"a.b": "whole name first", "a": {"b": "inside"}, "meta": {"id": 5, "x": {"y": None}}}
    item = kept(data, mapping).item
    assert (item.external_id, item.fields["text"]) == ("5", "whole name first")
    assert item.metadata == {"x": {"y": None}, "y": None}


def test_apply_shows_several_columns_as_an_array() -> None:
    assert kept({"text": "x", "d": "ö", "s": 1}, {"external_id": ["d", "s"]}).item.external_id == '["ö","1"]'


@pytest.mark.parametrize("value", [None, "", True, 1.5, [], "x" * 501])
def test_apply_reports_what_is_no_id(value: object) -> None:
    pointer, code = reported({"text": "x", "id": value}, {"external_id": "id"})
    assert pointer == "#/id"
    assert code in ("missing_external_id", "too_long")


@pytest.mark.parametrize("data", [{"text": ""}, {"text": None}, {}])
def test_apply_reports_a_missing_field(data: dict[str, Any]) -> None:
    assert reported(data, None) == ("#/text", "missing_field")


@pytest.mark.parametrize(
    ("kind", "value", "tabular", "result"),
    [
        ("text", "", True, ""),
        ("text", 5, False, None),
        ("number", "5", True, 5),
        ("number", "-5.5", True, -5.5),
        ("number", "x", True, None),
        ("number", True, False, None),
        ("number", "1e999", True, None),
        ("json", '{"a": 1}', True, {"a": 1}),
        ("json", '{"a": 1}', False, '{"a": 1}'),
        ("json", "{", True, None),
        ("json", '"\\u0000"', True, None),
        ("chat", '[{"role": "user"}]', False, [{"role": "user"}]),
        ("chat", [], False, None),
    ],
)
def test_apply_checks_the_type_of_a_field(kind: str, value: Any, tabular: bool, result: Any) -> None:
    columns = ["f"] if tabular else None
    fields = [FieldSpec("f", kind)]
    (found,) = apply_mapping([Row(2, {"f": value})], parse_mapping(None), fields, file_hash="h", columns=columns)
    if result is None:
        assert isinstance(found, RowProblem)
    else:
        assert isinstance(found, Mapped)
        assert found.item.fields == {"f": result}


def test_apply_reads_one_row_per_annotation() -> None:
    row = kept({"id": "1", "text": "x", "who": "w", "label": "rude"}, LABELS)
    assert row.answers == (MappedAnswer("w", {"tone": "rude"}),)


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"label": "angry"}, "#/label", "unknown_label"),
        ({"label": ""}, "#/label", "unknown_label"),
        ({"label": "NULL"}, "#/label", "no_answer"),
        ({"label": None}, "#/label", "no_answer"),
        ({"who": ""}, "#/who", "missing_annotator"),
        ({"text": ""}, "#/text", "missing_field"),
    ],
)
def test_apply_reports_a_row_whole(change: dict[str, Any], pointer: str, code: str) -> None:
    data = {"id": "1", "text": "x", "who": "w", "label": "rude", **change}
    assert reported(data, {**LABELS, "null_values": ["NULL"]}) == (pointer, code)


def test_apply_translates_values_and_numbers() -> None:
    answers = {"tone": {"column": "label", "values": {"1": "rude", "true": "kind"}}, "force": "f"}
    data = {"id": "1", "text": "x", "who": 3, "label": 1, "f": "4.0"}
    assert kept(data, {**LABELS, "answers": answers}).answers == (MappedAnswer("3", {"tone": "rude", "force": 4}),)
    assert reported({**data, "label": 2}, {**LABELS, "answers": answers}) == ("#/label", "unknown_label")
    assert reported({**data, "f": "7"}, {**LABELS, "answers": answers}) == ("#/f", "unknown_label")


def test_apply_leaves_out_an_optional_answer() -> None:
    mapping = {**LABELS, "answers": {"tone": "label", "force": "f"}, "null_values": [""]}
    data = {"id": "1", "text": "x", "who": "w", "label": "rude", "f": ""}
    assert kept(data, mapping).answers[0].answers == {"tone": "rude"}
    assert reported({**data, "label": "", "f": "3"}, mapping) == ("#/label", "no_answer")


def test_apply_needs_no_annotator_without_identity() -> None:
    mapping = {"answers": {"tone": "label"}, "identity": "none"}
    assert kept({"text": "x", "label": "rude"}, mapping).answers[0].annotator is None
    named = {**mapping, "annotator": "who"}
    assert kept({"text": "x", "label": "rude", "who": ""}, named).answers[0].annotator is None


@pytest.mark.parametrize("cell", [{"a": "rude", "b": "kind"}, '{"a": "rude", "b": "kind"}'])
def test_apply_reads_an_object_of_annotators(cell: object) -> None:
    row = kept({"text": "x", "l": cell}, {"annotators": {"answers": {"tone": "l"}}})
    assert row.answers == (MappedAnswer("a", {"tone": "rude"}), MappedAnswer("b", {"tone": "kind"}))


@pytest.mark.parametrize(
    ("cell", "pointer", "code"),
    [
        ({"a": "rude", "b/c": "odd"}, "#/l/b~1c", "unknown_label"),
        ({"a": "rude", "b": None}, "#/l/b", "no_answer"),
        ({"": "rude"}, "#/l", "missing_annotator"),
        (["rude"], "#/l", "wrong_type"),
        ("{", "#/l", "malformed_json"),
        (None, "#/l", "no_answer"),
    ],
)
def test_apply_reports_an_object_of_annotators_whole(cell: object, pointer: str, code: str) -> None:
    assert reported({"text": "x", "l": cell}, {"annotators": {"answers": {"tone": "l"}}}) == (pointer, code)


@pytest.mark.parametrize(
    ("who", "labels", "result"),
    [
        ("a,b", "rude,kind", ["a", "b"]),
        (["a", 2], ["rude", "kind"], ["a", "2"]),
        ("", "", []),
        ("a,b", "rude", "unequal_lists"),
        ("a,a", "rude,rude", "repeat"),
        ("a, b", "rude, kind", "unknown_label"),
        (3, "rude", "wrong_type"),
    ],
)
def test_apply_reads_parallel_lists(who: object, labels: object, result: object) -> None:
    mapping = {"annotators": {"answers": {"tone": "l"}, "from": "w", "separator": ","}}
    found = apply({"text": "x", "w": who, "l": labels}, mapping)
    assert (found.code if isinstance(found, RowProblem) else [answer.annotator for answer in found.answers]) == result


@pytest.mark.parametrize(
    ("columns", "rows"), [(["id", "text", "who"], []), (None, [Row(1, {"id": "1", "who": "w", "text": "x"})])]
)
def test_apply_fails_where_a_column_is_missing(columns: list[str] | None, rows: list[Row]) -> None:
    results = apply_mapping(rows, parse_mapping(LABELS), TEXT, SCHEMA, file_hash="h", columns=columns)
    with pytest.raises(FileRefused) as caught:
        list(results)
    assert caught.value.code == "missing_column"
    assert "“label”" in caught.value.detail


def test_apply_fails_where_a_table_lacks_a_required_field() -> None:
    with pytest.raises(FileRefused, match="“text”"):
        list(apply_mapping([], parse_mapping(None), TEXT, file_hash="h", columns=["texts"]))


def settle(policy: str | None, rows: list[tuple[str, str | None]]) -> list[tuple[int, str]]:
    more = {"repeats": policy} if policy else {}
    identity = {"identity": "none"} if any(who is None for _, who in rows) else {}
    mapping = parse_mapping({**LABELS, **more, **identity})
    read = [Row(n, {"id": i, "text": "x", "who": w, "label": "rude"}) for n, (i, w) in enumerate(rows, start=2)]

    def results() -> Iterator[Mapped | RowProblem]:
        return apply_mapping(read, mapping, TEXT, SCHEMA, file_hash="h", columns=None)

    return [(r.line, r.code if isinstance(r, RowProblem) else "kept") for r in settle_repeats(results, mapping)]


def test_repeats_are_settled_by_the_policy() -> None:
    rows: list[tuple[str, str | None]] = [("1", "a"), ("1", "b"), ("1", "a"), ("2", "a"), ("1", "a")]
    assert settle("first", rows) == [(2, "kept"), (3, "kept"), (4, "repeat"), (5, "kept"), (6, "repeat")]
    assert settle("last", rows) == [(2, "repeat"), (3, "kept"), (4, "repeat"), (5, "kept"), (6, "kept")]
    for policy in ("refuse", None):
        with pytest.raises(FileRefused, match="lines 4, 6 ") as caught:
            settle(policy, rows)
        assert caught.value.code == "repeats"


def test_repeats_of_nobody_are_rows_of_their_own() -> None:
    assert settle(None, [("1", None), ("1", None)]) == [(2, "kept"), (3, "kept")]


def count(
    path: Path, kind: str, mapping_data: object, fields: list[dict[str, Any]], schema: LabelSchema
) -> dict[str, int]:
    reader, mapping = get_reader(kind), parse_mapping(mapping_data)
    counts = {"kept": 0, "answers": 0}

    def results() -> Iterator[Mapped | RowProblem]:
        columns = reader.columns(path)
        return apply_mapping(
            reader.read(path), mapping, FieldSpec.from_data(fields), schema, file_hash="h", columns=columns
        )

    for result in settle_repeats(results, mapping):
        if isinstance(result, RowProblem):
            counts[result.code] = counts.get(result.code, 0) + 1
        else:
            counts["kept"] += 1
            counts["answers"] += len(result.answers)
    return counts


def test_hallucination_file_reports_its_empty_answers() -> None:
    labels = [{"value": "yes", "title": "Yes"}, {"value": "no", "title": "No"}]
    schema = parse_schema(
        {"questions": [{"name": "is_factual", "kind": "choice", "title": "Factual?", "labels": labels}]}
    )
    mapping = {
        "external_id": ["bbcid", "system"],
        "fields": {"text": "summary"},
        "annotator": "worker_id",
        "identity": "slot",
        "answers": {"is_factual": "is_factual"},
        "null_values": ["NULL", ""],
    }
    path = shared("data", "xsum_hallucination", "factuality_annotations_xsum_summaries.csv")
    counts = count(path, "csv", mapping, [{"name": "text", "type": "text", "required": True}], schema)
    assert counts == {"kept": 5564, "answers": 5564, "no_answer": 33}


def test_sarcasm_files_are_read_in_full() -> None:
    question = {"name": "sarcasm", "kind": "rating", "title": "Sarcasm", "min": 1, "max": 6}
    mapping = {
        "external_id": "$key",
        "fields": {"context": "text.context", "response": "text.response"},
        "annotators": {"answers": {"sarcasm": "annotations"}},
    }
    fields = [{"name": name, "type": "text", "required": True} for name in ("context", "response")]
    counts = [
        count(shared("data", "csc_sarcasm", name), "json", mapping, fields, parse_schema({"questions": [question]}))
        for name in ("CSC_dev.json", "CSC_test.json")
    ]
    assert [each["kept"] for each in counts] == [704, 704]
    assert sum(each["answers"] for each in counts) == 6410


def test_naughty_strings_come_back_as_they_are(tmp_path: Path) -> None:
    strings = [text for text in json.loads(shared("badinput", "blns", "blns.json").read_text("utf-8")) if text]
    path = tmp_path / "file"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in strings), "utf-8")
    results = apply_mapping(get_reader("jsonl").read(path), parse_mapping(None), TEXT, file_hash="h", columns=None)
    assert [result.item.fields["text"] for result in results if isinstance(result, Mapped)] == strings
