"""Files with spans, boxes, rankings and preferences: small ones by hand, and one published data set of each sort."""

import ast
import base64
import csv
import io
import json
from collections import Counter
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from annotation.models import Annotation
from intake.models import Item, RejectedRow
from tests import factories
from tests.annotation.test_import_api import run
from tests.guidelines.test_schema_lists import BETTER, CARS, NAMES, ORDER, box, span
from tests.paths import shared

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [
    {"name": "text", "type": "text", "title": "Text", "required": True},
    {"name": "photo", "type": "image", "title": "Photo", "required": False},
    {"name": "left", "type": "text", "title": "Left", "required": False},
    {"name": "right", "type": "text", "title": "Right", "required": False},
]
ALL = {"names": NAMES, "cars": CARS, "order": ORDER, "better": BETTER}


def project_of(*questions: dict[str, Any], fields: list[dict[str, Any]] | None = None) -> tuple[Any, Any]:
    project = factories.make_project(fields=fields or FIELDS)
    factories.publish_guideline(project, [{**q, "required": False} for q in questions], clauses=[])
    return project, factories.client_for(project.created_by)


def mapping(*names: str, **more: Any) -> dict[str, Any]:
    return {"external_id": "id", "fields": {"text": "text"}, "annotator": "who",
            "answers": {name: name for name in names}, **more}  # fmt: skip


def rejected() -> list[tuple[int, str, str]]:
    return list(RejectedRow.objects.order_by("line").values_list("line", "pointer", "code"))


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def table(*rows: dict[str, Any]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(
        {name: value if isinstance(value, str) else json.dumps(value) for name, value in row.items()} for row in rows
    )
    return out.getvalue()


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_lists_come_as_json_or_as_json_in_cells(form: str) -> None:
    project, client = project_of(*ALL.values())
    rows = [
        {"id": "1", "text": "Ann of Rome", "who": "a", "names": [span(0, 3) | {"text": "Ann"}], "cars": [box()],
         "order": [["b", "a"], ["c"]], "better": "tie"},
        {"id": "1", "text": "Ann of Rome", "who": "b", "names": [], "cars": [], "order": [["c"]], "better": "left"},
    ]  # fmt: skip
    content = lines(*rows) if form == "jsonl" else table(*rows)
    body = run(client, project, content, mapping(*ALL), format=form, name=f"f.{form}")
    assert (body["state"], body["rows_kept"], body["annotations_created"]) == ("done", 2, 2), rejected()
    given = [annotation.answers for annotation in Annotation.objects.all()]
    first, second = sorted(given, key=lambda answers: len(answers["names"]), reverse=True)
    assert first == {"names": [span(0, 3)], "cars": [box()], "order": [["b", "a"], ["c"]], "better": "tie"}
    assert second == {"names": [], "cars": [], "order": [["c"]], "better": "left"}
    again = run(client, project, content, mapping(*ALL), format=form, name=f"f.{form}", batch="again")
    assert (again["rows_kept"], again["items_created"], again["annotations_created"]) == (2, 0, 0)


def test_each_row_that_is_wrong_is_named() -> None:
    project, client = project_of(*ALL.values())
    bad: list[tuple[str, Any, str, str]] = [
        ("names", [span(0, 3) | {"text": "Bob"}], "#/names/0/text", "offset_mismatch"),
        ("names", [span(0, 99)], "#/names/0/end", "out_of_range"),
        ("names", [span(0, 3, "org")], "#/names/0/label", "unknown_label"),
        ("names", [span(0, 3), span(0, 3)], "#/names/1", "repeated"),
        ("names", [span(0, 5), span(3, 9)], "#/names/1", "crossing"),
        ("names", "not json", "#/names", "wrong_type"),
        ("cars", [box(x=0.9)], "#/cars/0/width", "out_of_range"),
        ("cars", [box(colour="red")], "#/cars/0/colour", "unknown_key"),
        ("order", [["a"], ["d"]], "#/order/1/0", "unknown_label"),
        ("order", ["a"], "#/order/0", "wrong_type"),
        ("order", [[]], "#/order/0", "required"),
        ("better", "both_bad", "#/better", "unknown_label"),
        ("better", None, "#/better", "no_answer"),
    ]
    for number, (name, value, pointer, code) in enumerate(bad):
        row = {"id": str(number), "text": "Ann of Rome", "who": "a", name: value}
        body = run(client, project, lines(row), mapping(name), format="jsonl", name="f.jsonl", batch=str(number))
        assert (body["rows_kept"], body["rows_reported"], body["items_created"]) == (0, 1, 0)
        assert rejected()[-1:] == [(1, pointer, code)], (name, value)
        RejectedRow.objects.all().delete()


def test_annotators_in_one_column_bring_lists_too() -> None:
    project, client = project_of(NAMES)
    row = {"id": "1", "text": "Ann of Rome", "given": {"a": [span(0, 3)], "b": [span(0, 3) | {"text": "Ann"}]}}
    by = {"external_id": "id", "fields": {"text": "text"}, "annotators": {"answers": {"names": "given"}}}
    body = run(client, project, lines(row), by, format="jsonl", name="f.jsonl")
    assert body["annotations_created"] == 2
    assert [a.answers for a in Annotation.objects.all()] == [{"names": [span(0, 3)]}] * 2


def test_images_of_a_file_are_names_or_data_urls() -> None:
    project, client = project_of(CARS)
    png = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 40).decode()
    rows = [
        {"id": "1", "text": "t", "photo": "cat.png"}, {"id": "2", "text": "t", "photo": png},
        {"id": "3", "text": "t", "photo": "data:image/svg+xml;base64,PHN2Zz4="},
    ]  # fmt: skip
    by = {"external_id": "id", "fields": {"text": "text", "photo": "photo"}}
    body = run(client, project, lines(*rows), by, format="jsonl", name="f.jsonl")
    assert (body["rows_kept"], rejected()) == (2, [(3, "#/photo", "bad_image")])


# --- the shared corpora -----------------------------------------------------------------------------------------------


def test_offsets_of_every_awkward_text_come_back() -> None:
    """In JSON lines and in CSV: the text is the same code point by code point, and each span is its surface."""
    source = [json.loads(line) for line in shared("badinput/unicode/span-offsets.jsonl").read_text().splitlines()]
    for form in ("jsonl", "csv"):
        project, client = project_of(NAMES | {"crossing": "any"})
        rows = [
            {"id": str(row["id"]), "text": row["text"], "who": "a", "names": [
                span(*mark["codepoint"]) | {"text": mark["surface"]} for mark in row["spans"]
            ]}
            for row in source
        ]  # fmt: skip
        content = lines(*rows) if form == "jsonl" else table(*rows)
        body = run(client, project, content.encode(), mapping("names"), format=form, name=f"f.{form}")
        assert body["rows_kept"] == len(source), rejected()
        kept = {a.item.external_id: a for a in Annotation.objects.filter(project=project).select_related("item")}
        for row in source:
            text, spans = kept[str(row["id"])].item.fields["text"], kept[str(row["id"])].answers["names"]
            assert text == row["text"]
            assert [text[s["start"] : s["end"]] for s in spans] == [mark["surface"] for mark in row["spans"]]


def test_spans_of_xsum() -> None:
    """2500 summaries by three raters, a row of ours for each rater's spans; offsets of the file count from 1."""
    path = shared("data/xsum_hallucination/hallucination_annotations_xsum_summaries.csv")
    with path.open(encoding="utf-8", newline="") as source:
        marks = list(csv.DictReader(source))
    assert len(marks) == 11185
    units: dict[tuple[str, str, str], dict[str, Any]] = {}
    for mark in marks:
        key = (mark["bbcid"], mark["system"], mark["worker_id"])
        row = units.setdefault(
            key, {"doc": key[0], "system": key[1], "who": key[2], "text": mark["summary"], "names": []}
        )
        start, end = int(mark["hallucinated_span_start"]) - 1, int(mark["hallucinated_span_end"]) - 1
        one = {"start": start, "end": end, "label": mark["hallucination_type"], "text": mark["hallucinated_span"]}
        if mark["hallucination_type"] != "NULL" and one not in row["names"]:
            row["names"].append(one)
    labels = [{"value": value, "title": value.title()} for value in ("intrinsic", "extrinsic")]
    project, client = project_of(NAMES | {"labels": labels, "crossing": "any"})
    by = mapping("names", identity="slot") | {"external_id": ["doc", "system"]}
    body = run(client, project, lines(*units.values()), by, format="jsonl", name="f.jsonl")
    fits = [all(row["text"][s["start"] : s["end"]] == s["text"] for s in row["names"]) for row in units.values()]
    assert body["rows_read"] == len(units) == 7499
    assert Counter(RejectedRow.objects.values_list("code", flat=True)) == {"offset_mismatch": fits.count(False)}
    assert body["rows_kept"] == body["annotations_created"] == fits.count(True)
    for annotation in Annotation.objects.filter(project=project).select_related("item")[:500]:
        assert all(s["end"] <= len(annotation.item.fields["text"]) for s in annotation.answers["names"])


def test_boxes_of_braylan() -> None:
    """200 images of 1024 pixels, 196 annotators, 1723 annotations; corners in any order."""
    path = shared("data/boxes_braylan/boundingbox_data.csv")
    with path.open(encoding="utf-8", newline="") as source:
        given = list(csv.DictReader(source))
    rows = []
    for row in given:
        boxes = []
        for (x1, y1), (x2, y2) in ast.literal_eval(row["annotation"]):
            x, y, right, bottom = (side / 1024 for side in (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)))
            boxes.append({"x": x, "y": y, "width": right - x, "height": bottom - y, "label": "thing"})
        rows.append(
            {"id": row["item"], "text": "An image", "photo": f"{row['item']}.jpg", "who": row["uid"], "cars": boxes}
        )
    project, client = project_of(CARS | {"labels": [{"value": "thing", "title": "Thing"}]})
    by = mapping("cars") | {"fields": {"text": "text", "photo": "photo"}}
    body = run(client, project, table(*rows), by)
    assert (body["rows_read"], body["items_created"]) == (1723, 200)
    assert {code for _, _, code in rejected()} <= {"repeated"}  # a box drawn twice in one answer
    assert body["rows_kept"] >= 1700
    kept = Annotation.objects.filter(project=project)
    assert kept.values("annotator").distinct().count() >= 190
    assert sum(len(a.answers["cars"]) for a in kept) / len(kept) == pytest.approx(4.37, abs=0.05)


def test_preferences_of_convarg() -> None:
    """351 pairs of arguments, 504 workers, 1750 judgements; “equal” is a tie."""
    name = "firefox-vs-internet-explorer_there-s-more-browsers-than-the-ie-firefox-is-an-animal.xml"
    pairs = ET.parse(shared(f"data/convarg_pairs/{name}")).getroot()
    rows = [
        {"id": pair.findtext("id"), "a1": pair.findtext("arg1/text"), "a2": pair.findtext("arg2/text"),
         "who": one.findtext("turkID"), "value": one.findtext("value")}
        for pair in pairs for one in pair.iterfind("mTurkAssignments/mTurkAssignment")
    ]  # fmt: skip
    fields = [{"name": name, "type": "text", "title": name, "required": True} for name in ("a1", "a2")]
    question = BETTER | {"fields": ["a1", "a2"], "extra": ["tie"]}
    project, client = project_of(question, fields=fields)
    by = {
        "external_id": "id", "fields": {"a1": "a1", "a2": "a2"}, "annotator": "who",
        "answers": {"better": {"column": "value", "values": {"equal": "tie"}}},
    }  # fmt: skip
    body = run(client, project, lines(*rows), by, format="jsonl", name="f.jsonl")
    assert (body["rows_read"], body["rows_kept"], body["items_created"]) == (1750, 1750, 351), rejected()[:5]
    kept = Annotation.objects.filter(project=project)
    assert kept.values("annotator").distinct().count() == 504
    assert Counter(a.answers["better"] for a in kept) == Counter(
        {"equal": "tie"}.get(str(row["value"]), row["value"]) for row in rows
    )
    assert Item.objects.filter(project=project).count() == 351
