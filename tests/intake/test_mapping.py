"""The mapping of an import: parsed whole or refused with pointers."""

from typing import Any

import pytest

from guidelines.schema.schema import parse_schema
from intake.apply import check_mapping
from intake.fields import FieldSpec
from intake.mapping import AnswerColumn, MappingInvalid, parse_mapping


def test_parse_takes_everything() -> None:
    mapping = parse_mapping(
        {
            "external_id": ["doc", "system"],
            "fields": {"text": "tweet"},
            "metadata": {"lang": "info.lang"},
            "annotator": "worker",
            "answers": {"tone": "label", "force": {"column": "f", "values": {"strong": 5}}},
            "repeats": "last",
            "null_values": ["NULL", "", None, -1],
            "identity": "slot",
            "guideline_version": 2,
        }
    )
    assert mapping.external_id == ("doc", "system")
    assert mapping.external_id_is_tuple
    assert mapping.answers == (AnswerColumn("tone", "label"), AnswerColumn("force", "f", {"strong": 5}))
    assert mapping.columns == ("doc", "system", "tweet", "info.lang", "label", "f", "worker")
    assert (mapping.repeats, mapping.identity, mapping.guideline_version) == ("last", "slot", 2)


@pytest.mark.parametrize("data", [None, {}])
def test_parse_takes_nothing(data: object) -> None:
    mapping = parse_mapping(data)
    assert mapping.repeats == "refuse"
    assert mapping.fields is None
    assert not mapping.has_answers


def test_parse_takes_parallel_lists() -> None:
    mapping = parse_mapping({"annotators": {"answers": {"tone": "labels"}, "from": "who", "separator": ","}})
    assert mapping.annotators is not None
    assert (mapping.annotators.source, mapping.annotators.separator) == ("who", ",")
    assert mapping.columns == ("labels", "who")


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ([], ""),
        ({"columns": {}}, "/columns"),
        ({"external_id": 3}, "/external_id"),
        ({"external_id": []}, "/external_id"),
        ({"external_id": ["a", 3]}, "/external_id/1"),
        ({"external_id": "a\x00"}, "/external_id"),
        ({"fields": []}, "/fields"),
        ({"fields": {"a/b": 3}}, "/fields/a~1b"),
        ({"metadata": {"a": ""}}, "/metadata/a"),
        ({"answers": {"q": "c"}}, "/annotator"),
        ({"answers": {"q": "c"}, "identity": "slot"}, "/annotator"),
        ({"answers": {}, "annotator": "w"}, "/answers"),
        ({"answers": {"q": 3}, "annotator": "w"}, "/answers/q"),
        ({"answers": {"q": {"column": "c", "map": {}}}, "annotator": "w"}, "/answers/q/map"),
        ({"answers": {"q": {"column": "c", "values": []}}, "annotator": "w"}, "/answers/q/values"),
        ({"answers": {"q": {"column": "c", "values": {"x": []}}}, "annotator": "w"}, "/answers/q/values/x"),
        ({"answers": {"q": "c"}, "annotators": {"answers": {"q": "c"}}}, "/annotators"),
        ({"annotator": "w", "annotators": {"answers": {"q": "c"}}}, "/annotator"),
        ({"annotators": []}, "/annotators"),
        ({"annotators": {}}, "/annotators/answers"),
        ({"annotators": {"answers": {"q": "c"}, "separator": ","}}, "/annotators/separator"),
        ({"annotators": {"answers": {"q": "c"}, "from": "w", "separator": ""}}, "/annotators/separator"),
        ({"repeats": "all"}, "/repeats"),
        ({"repeats": []}, "/repeats"),
        ({"identity": None}, "/identity"),
        ({"null_values": "NULL"}, "/null_values"),
        ({"null_values": [[]]}, "/null_values"),
        ({"guideline_version": True}, "/guideline_version"),
        ({"guideline_version": 0}, "/guideline_version"),
    ],
)
def test_parse_points_at_what_is_wrong(data: Any, pointer: str) -> None:
    with pytest.raises(MappingInvalid) as caught:
        parse_mapping(data)
    assert [problem.pointer for problem in caught.value.problems] == [f"#/mapping{pointer}"]


def test_check_compares_with_the_project() -> None:
    labels = [{"value": value, "title": value} for value in "ab"]
    schema = parse_schema({"questions": [{"name": "tone", "kind": "choice", "title": "Tone", "labels": labels}]})
    fields = [FieldSpec("text", "text", required=True), FieldSpec("note")]
    good = parse_mapping({"fields": {"text": "t"}, "answers": {"tone": "l"}, "annotator": "w"})
    assert check_mapping(good, fields, schema) == []
    bad = parse_mapping({"fields": {"texts": "t"}, "annotators": {"answers": {"mood": "l"}}})
    assert [(problem.pointer, problem.code) for problem in check_mapping(bad, fields, schema)] == [
        ("#/mapping/fields/texts", "unknown_field"),
        ("#/mapping/fields/text", "required"),
        ("#/mapping/annotators/answers/mood", "unknown_question"),
    ]
