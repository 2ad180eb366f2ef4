"""Published annotations come in through the product's own import and give the figures that their descriptions state."""

import ast
import csv
import json
from collections import defaultdict
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from annotation.models import Annotation
from intake.models import RejectedRow
from metrics.selectors.scores import current_scores
from tests import factories as make
from tests.annotation.test_import_api import run
from tests.paths import shared

pytestmark = pytest.mark.django_db(transaction=True)


def labelled(*values: str) -> list[dict[str, str]]:
    return [{"value": value, "title": value[:200]} for value in values]


def project_of(question: dict[str, Any], *fields: str, **more: Any) -> tuple[Any, Any]:
    kinds = {"photo": "image"}
    project = make.make_project(
        fields=[{"name": f, "type": kinds.get(f, "text"), "title": f, "required": True} for f in fields], **more
    )
    make.publish_guideline(project, [question | {"title": question["name"], "required": True}], clauses=[])
    return project, make.client_for(project.created_by)


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def imported(project: Any, client: Any, rows: list[dict[str, Any]], mapping: dict[str, Any]) -> dict[str, Any]:
    body = run(client, project, lines(rows), mapping, format="jsonl", name="f.jsonl")
    assert body["state"] == "done", body
    make.settle()
    return body


def figures(project: Any) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["coefficient"], row["distance"]): row for row in current_scores(project)}


def test_boxes() -> None:
    with shared("data", "boxes_braylan", "boundingbox_data.csv").open(encoding="utf-8", newline="") as source:
        given = list(csv.DictReader(source))
    rows = []
    for row in given:
        boxes = []
        for corners in ast.literal_eval(row["annotation"]):
            x, y = (sorted(corner[axis] / 1024 for corner in corners) for axis in (0, 1))
            boxes.append({"x": x[0], "y": y[0], "width": x[1] - x[0], "height": y[1] - y[0], "label": "thing"})
        rows.append({"id": row["item"], "photo": f"{row['item']}.jpg", "who": row["uid"], "things": boxes})
    question = {"name": "things", "kind": "boxes", "field": "photo", "labels": labelled("thing")}
    project, client = project_of(question, "photo")
    mapping = {"external_id": "id", "fields": {"photo": "photo"}, "annotator": "who", "answers": {"things": "things"}}
    body = imported(project, client, rows, mapping)
    assert (body["items_created"], body["annotations_created"]) == (200, 1723)
    found = figures(project)
    assert found["f1", "f1"]["value"] == pytest.approx(0.6452, abs=5e-5)
    first = found["alpha", "nominal"]
    assert (first["n_items"], first["n_annotations"], first["n_annotators"]) == (200, 1723, 196)
    # Computed by us only; that of the objects without the missing boxes would be 1.
    assert first["value"] == pytest.approx(0.4351, abs=5e-4)


@pytest.mark.parametrize(
    ("topic", "pairs", "judgements", "workers", "nominal", "interval"),
    [("firefox", 351, 1750, 504, 0.3125, 0.4528), ("ban-plastic", 496, 2474, 608, 0.5313, 0.6491)],
)
def test_preferences(topic: str, pairs: int, judgements: int, workers: int, nominal: float, interval: float) -> None:
    (path,) = shared("data", "convarg_pairs").glob(f"{topic}*.xml")
    rows = [
        {"id": pair.findtext("id"), "a1": pair.findtext("arg1/text"), "a2": pair.findtext("arg2/text"),
         "who": one.findtext("turkID"), "value": one.findtext("value")}
        for pair in ET.parse(path).getroot() for one in pair.iterfind("mTurkAssignments/mTurkAssignment")
    ]  # fmt: skip
    question = {"name": "better", "kind": "preference", "fields": ["a1", "a2"], "extra": ["tie"]}
    project, client = project_of(question, "a1", "a2")
    mapping = {
        "external_id": "id", "fields": {"a1": "a1", "a2": "a2"}, "annotator": "who",
        "answers": {"better": {"column": "value", "values": {"equal": "tie"}}},
    }  # fmt: skip
    body = imported(project, client, rows, mapping)
    assert (body["items_created"], body["annotations_created"]) == (pairs, judgements)
    found = figures(project)
    assert found["alpha", "nominal"]["value"] == pytest.approx(nominal, abs=5e-5)
    assert found["alpha", "interval"]["value"] == pytest.approx(interval, abs=5e-5)
    assert found["alpha", "nominal"]["n_annotators"] == workers


def test_free_texts() -> None:
    content = shared("data", "crowdwsa_t1", "CrowdWSA2019_T1_label_anonymous.tsv").read_bytes()
    project, client = project_of({"name": "english", "kind": "text"}, "sentence")
    mapping = {
        "external_id": "sentence", "fields": {"sentence": "sentence"}, "annotator": "worker",
        "answers": {"english": "workeranswer"}, "repeats": "first",
    }  # fmt: skip
    body = run(client, project, content, mapping, format="tsv", name="f.tsv")
    make.settle()
    assert [body[k] for k in ("rows_read", "rows_kept", "rows_reported")] == [1000, 882, 118]
    assert set(RejectedRow.objects.values_list("code", flat=True)) == {"repeat"}
    found = figures(project)
    assert found["alpha", "token_edit"]["value"] == pytest.approx(0.363, abs=0.002)  # chance from 20,000 sampled pairs
    assert found["percent", "nominal"]["value"] == pytest.approx(0.0175, abs=5e-5)
    # Computed by us only: the mean over pairs; alpha weighs sentences by their answers.
    assert found["similarity", "token_edit"]["value"] == pytest.approx(0.3806, abs=5e-5)


def test_spans_with_wrong_offsets_reported() -> None:
    path = shared("data", "xsum_hallucination", "hallucination_annotations_xsum_summaries.csv")
    units: dict[tuple[str, str, str], dict[str, Any]] = {}
    with path.open(encoding="utf-8", newline="") as source:
        for mark in csv.DictReader(source):
            key = mark["bbcid"], mark["system"], mark["worker_id"]
            row = units.setdefault(
                key, {"doc": key[0], "system": key[1], "who": key[2], "text": mark["summary"], "spans": []}
            )
            start, end = int(mark["hallucinated_span_start"]) - 1, int(mark["hallucinated_span_end"]) - 1
            one = {"start": start, "end": end, "label": mark["hallucination_type"], "text": mark["hallucinated_span"]}
            if mark["hallucination_type"] != "NULL" and one not in row["spans"]:
                row["spans"].append(one)
    question = {
        "name": "spans", "kind": "spans", "field": "text", "crossing": "any",
        "labels": labelled("intrinsic", "extrinsic"),
    }  # fmt: skip
    project, client = project_of(question, "text")
    mapping = {
        "external_id": ["doc", "system"], "fields": {"text": "text"}, "annotator": "who", "identity": "slot",
        "answers": {"spans": "spans"},
    }  # fmt: skip
    body = imported(project, client, list(units.values()), mapping)
    fits = [all(row["text"][s["start"] : s["end"]] == s["text"] for s in row["spans"]) for row in units.values()]
    assert (body["rows_read"], body["rows_kept"]) == (7499, fits.count(True))
    assert set(RejectedRow.objects.values_list("code", flat=True)) == {"offset_mismatch"}
    found = figures(project)
    kept: dict[tuple[str, str], int] = defaultdict(int)
    for row, fit in zip(units.values(), fits, strict=True):
        kept[row["doc"], row["system"]] += fit
    first = found["alpha", "characters"]
    assert first["n_items"] == sum(number >= 2 for number in kept.values())
    assert first["n_annotations"] == sum(number for number in kept.values() if number >= 2)
    assert first["ci_low"] < first["value"] < first["ci_high"]
    assert found["alpha", "tokens"]["value"] == pytest.approx(first["value"], abs=0.02)
    assert found["f1", "f1"]["value"] < found["f1_overlap", "f1"]["value"] < 1


def test_birds() -> None:
    labels = yaml.load(shared("data", "bluebirds", "labels.yaml").read_text(), yaml.CSafeLoader)
    rows = [
        {"id": str(image), "text": f"Photograph {image}", "who": str(who), "bunting": "yes" if answer else "no"}
        for who, answers in labels.items() for image, answer in answers.items()
    ]  # fmt: skip
    question = {"name": "bunting", "kind": "choice", "labels": labelled("yes", "no")}
    project, client = project_of(question, "text")
    mapping = {"external_id": "id", "fields": {"text": "text"}, "annotator": "who", "answers": {"bunting": "bunting"}}
    body = imported(project, client, rows, mapping)
    assert (body["items_created"], body["annotations_created"]) == (108, 4212)
    assert Annotation.objects.filter(project=project).values("annotator").distinct().count() == 39
    first = figures(project)["alpha", "nominal"]
    assert first["value"] == pytest.approx(0.1255, abs=5e-5)
    assert (first["ci_low"], first["ci_high"]) == (pytest.approx(0.101, abs=0.01), pytest.approx(0.149, abs=0.01))


@pytest.mark.parametrize(
    ("file", "column", "jaccard", "masi"),
    [("iaa-v1.csv", "op_form", 0.111, 0.111), ("iaa-v2_double-annotations.csv", "op_form", 0.466, 0.398)],
)
def test_sets_of_few_papers_are_shown_with_lowered_minimums(
    file: str, column: str, jaccard: float, masi: float
) -> None:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    with shared("data", "chec_guideline_rounds", file).open(encoding="utf-8-sig", newline="") as source:
        for row in csv.DictReader(source):
            found[row["key"], row["source_spreadsheet"]].add(row[column])
    numbers = {value: str(place) for place, value in enumerate(sorted(set().union(*found.values())))}
    rows = [
        {"id": paper, "text": paper, "who": who, "form": [numbers[value] for value in sorted(values)]}
        for (paper, who), values in found.items()
    ]
    question = {"name": "form", "kind": "multichoice", "labels": labelled(*numbers.values())}
    project, client = project_of(question, "text", settings={"minimums": {"alpha_units": 5}})
    mapping = {"external_id": "id", "fields": {"text": "text"}, "annotator": "who", "answers": {"form": "form"}}
    imported(project, client, rows, mapping)
    shown = figures(project)
    assert shown["alpha", "jaccard"]["value"] == pytest.approx(jaccard, abs=6e-4)
    assert shown["alpha", "masi"]["value"] == pytest.approx(masi, abs=6e-4)
    assert shown["alpha", "masi"]["lowered_from"] == 20
