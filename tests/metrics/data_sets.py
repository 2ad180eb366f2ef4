"""The shared data sets as files for the product's own import: rows, questions and the mapping that reads them."""

import ast
import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import yaml

from tests import factories as make
from tests.annotation.test_import_api import run
from tests.paths import shared

Row = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """What a project needs to take a data set in. `kinds` are those of the fields that are no texts."""

    questions: list[dict[str, Any]]
    fields: tuple[str, ...]
    mapping: dict[str, Any]
    rows: list[Row]
    kinds: dict[str, str] = field(default_factory=dict)
    minimums: dict[str, int] = field(default_factory=dict)


def labelled(*values: str) -> list[dict[str, str]]:
    return [{"value": value, "title": value[:200]} for value in values]


def project_of(source: Source) -> tuple[Any, Any]:
    """An empty project that asks the questions of `source`, and a client of its manager."""
    declared = [
        {"name": name, "type": source.kinds.get(name, "text"), "title": name, "required": True}
        for name in source.fields
    ]
    more = {"settings": {"minimums": source.minimums}} if source.minimums else {}
    project = make.make_project(fields=declared, **more)
    questions = [{"title": question["name"], "required": True} | question for question in source.questions]
    make.publish_guideline(project, questions, clauses=[])
    return project, make.client_for(project.created_by)


def import_rows(project: Any, client: Any, rows: list[Row], mapping: dict[str, Any], **form: Any) -> dict[str, Any]:
    """The import as the API tells of it, its answers counted."""
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    body = run(client, project, content, mapping, format="jsonl", name="f.jsonl", **form)
    assert body["state"] == "done", body
    make.settle()
    return body


def table(*path: str, encoding: str = "utf-8", delimiter: str = ",") -> list[dict[str, str]]:
    with shared("data", *path).open(encoding=encoding, newline="") as source:
        return list(csv.DictReader(source, delimiter=delimiter))


def birds() -> Source:
    labels = yaml.load(shared("data", "bluebirds", "labels.yaml").read_text(), yaml.CSafeLoader)
    rows = [
        {"id": str(image), "text": f"Photograph {image}", "who": str(who), "bunting": "yes" if answer else "no"}
        for who, answers in labels.items() for image, answer in answers.items()
    ]  # fmt: skip
    question = {"name": "bunting", "kind": "choice", "labels": labelled("yes", "no")}
    mapping = {"external_id": "id", "fields": {"text": "text"}, "annotator": "who", "answers": {"bunting": "bunting"}}
    return Source([question], ("text",), mapping, rows)


def bird_gold() -> dict[str, str]:
    truth = yaml.load(shared("data", "bluebirds", "gt.yaml").read_text(), yaml.CSafeLoader)
    return {str(image): "yes" if answer else "no" for image, answer in truth.items()}


def boxes() -> Source:
    rows = []
    for row in table("boxes_braylan", "boundingbox_data.csv"):
        drawn = []
        for corners in ast.literal_eval(row["annotation"]):
            x, y = (sorted(corner[axis] / 1024 for corner in corners) for axis in (0, 1))
            drawn.append({"x": x[0], "y": y[0], "width": x[1] - x[0], "height": y[1] - y[0], "label": "thing"})
        rows.append({"id": row["item"], "photo": f"{row['item']}.jpg", "who": row["uid"], "things": drawn})
    question = {"name": "things", "kind": "boxes", "field": "photo", "labels": labelled("thing")}
    mapping = {"external_id": "id", "fields": {"photo": "photo"}, "annotator": "who", "answers": {"things": "things"}}
    return Source([question], ("photo",), mapping, rows, {"photo": "image"})


def arguments(topic: str) -> Source:
    """Pairs of arguments, with the reason that each worker gave."""
    (path,) = shared("data", "convarg_pairs").glob(f"{topic}*.xml")
    rows = [
        {"id": pair.findtext("id"), "a1": pair.findtext("arg1/text"), "a2": pair.findtext("arg2/text"),
         "who": one.findtext("turkID"), "value": one.findtext("value")}
        for pair in ET.parse(path).getroot() for one in pair.iterfind("mTurkAssignments/mTurkAssignment")
    ]  # fmt: skip
    question = {"name": "better", "kind": "preference", "fields": ["a1", "a2"], "extra": ["tie"]}
    mapping = {
        "external_id": "id", "fields": {"a1": "a1", "a2": "a2"}, "annotator": "who",
        "answers": {"better": {"column": "value", "values": {"equal": "tie"}}},
    }  # fmt: skip
    return Source([question], ("a1", "a2"), mapping, rows)


def argument_gold(topic: str) -> dict[str, str]:
    """Pair -> the published label: the side that convinces more, or that both do alike."""
    (path,) = shared("data", "convarg_pairs").glob(f"{topic}*.xml")
    return {str(pair.findtext("id")): str(pair.findtext("goldLabel")) for pair in ET.parse(path).getroot()}


def sarcasm(part: str) -> Source:
    """One of the two parts: a row for each item, its answers an object from annotator to rating."""
    items = json.loads(shared("data", "csc_sarcasm", f"CSC_{part}.json").read_text(encoding="utf-8"))
    rows = [
        {"id": f"{part}-{name}", **item["text"], "part": part, "ratings": item["annotations"]}
        for name, item in items.items()
    ]
    questions = [
        {"name": "rating", "kind": "rating", "min": 1, "max": 6},
        {"name": "number", "kind": "number", "level": "interval", "min": 1, "max": 6},
        {"name": "label", "kind": "choice", "labels": labelled(*"123456")},
    ]
    mapping = {
        "external_id": "id", "fields": {"context": "context", "response": "response"}, "metadata": {"part": "part"},
        "annotators": {"answers": {question["name"]: "ratings" for question in questions}},
    }  # fmt: skip
    return Source(questions, ("context", "response"), mapping, rows)


def emotions() -> Source:
    """Ratings by nobody in particular; what is asked of arousal and dominance is asked on both scales."""
    texts = {row["id"]: row["text"] for row in table("emobank_reader", "raw.csv")}
    rows: list[Row] = [
        {"id": row["id"], "text": texts.get(row["id"]) or row["id"]} | {name: row[name.upper()] for name in "vad"}
        for row in table("emobank_reader", "individual_reader_ratings.csv")
    ]
    number: Row = {"kind": "number", "level": "interval", "min": 1, "max": 5}
    rating: Row = {"kind": "rating", "min": 1, "max": 5}
    questions = [{"name": name} | number for name in "vad"] + [{"name": f"{name}_steps"} | rating for name in "ad"]
    mapping = {
        "external_id": "id", "fields": {"text": "text"}, "identity": "none",
        "answers": {question["name"]: question["name"][0] for question in questions},
    }  # fmt: skip
    return Source(questions, ("text",), mapping, rows)


def factuality() -> Source:
    rows: list[Row] = list(table("xsum_hallucination", "factuality_annotations_xsum_summaries.csv"))
    question = {"name": "factual", "kind": "choice", "labels": labelled("yes", "no")}
    mapping = {
        "external_id": ["bbcid", "system"], "fields": {"text": "summary"}, "metadata": {"system": "system"},
        "annotator": "worker_id", "identity": "slot", "answers": {"factual": "is_factual"}, "null_values": ["NULL"],
    }  # fmt: skip
    return Source([question], ("text",), mapping, rows)


SPAN_MAPPING = {
    "external_id": ["doc", "system"], "fields": {"text": "text"}, "metadata": {"system": "system"},
    "annotator": "who", "identity": "slot", "answers": {"spans": "spans"},
}  # fmt: skip
SPAN_QUESTION = {
    "name": "spans", "kind": "spans", "field": "text", "crossing": "any",
    "labels": labelled("intrinsic", "extrinsic"),
}  # fmt: skip


def _span(mark: dict[str, str]) -> Row:
    start, end = int(mark["hallucinated_span_start"]) - 1, int(mark["hallucinated_span_end"]) - 1
    return {"start": start, "end": end, "label": mark["hallucination_type"], "text": mark["hallucinated_span"]}


def span_marks() -> list[dict[str, str]]:
    return table("xsum_hallucination", "hallucination_annotations_xsum_summaries.csv")


def spans_one_by_one() -> Source:
    """Every marked passage of the file as a row of its own, to see which of them are where they say."""
    rows = [
        {"doc": str(line), "system": mark["system"], "who": mark["worker_id"], "text": mark["summary"],
         "spans": [_span(mark)]}
        for line, mark in enumerate(span_marks()) if mark["hallucination_type"] != "NULL"
    ]  # fmt: skip
    return Source([SPAN_QUESTION], ("text",), SPAN_MAPPING, rows)


def spans_as_given() -> Source:
    """What one rater marked in one summary, passages given twice once."""
    units: dict[tuple[str, str, str], Row] = {}
    for mark in span_marks():
        key = mark["bbcid"], mark["system"], mark["worker_id"]
        row = units.setdefault(
            key, {"doc": key[0], "system": key[1], "who": key[2], "text": mark["summary"], "spans": []}
        )
        if mark["hallucination_type"] != "NULL" and _span(mark) not in row["spans"]:
            row["spans"].append(_span(mark))
    return Source([SPAN_QUESTION], ("text",), SPAN_MAPPING, list(units.values()))


def spans_by_word() -> Source:
    """The same, mended by the rule of the description: the words that a passage touches or ends right before, each
    under what its rater said first of it. Asked three times: with both labels, and for one of them alone."""
    source = spans_as_given()
    for row in source.rows:
        words = list(_words(row["text"], row.pop("spans")))
        row["any"] = "yes" if any(label for _, _, label in words) else "no"
        for name, held in WORD_VIEWS.items():
            row[name] = [
                {"start": start, "end": end, "label": held.get(label, label)}
                for start, end, label in words if label is not None and label in held
            ]  # fmt: skip
    questions = [
        SPAN_QUESTION | {"name": name, "labels": labelled(*dict.fromkeys(held.values()))}
        for name, held in WORD_VIEWS.items()
    ]
    questions.append({"name": "any", "kind": "choice", "labels": labelled("yes", "no")})
    mapping = SPAN_MAPPING | {"answers": {question["name"]: question["name"] for question in questions}}
    return Source(questions, source.fields, mapping, source.rows)


WORD_VIEWS = {
    "both": {"intrinsic": "intrinsic", "extrinsic": "extrinsic"},
    "marked": {"intrinsic": "marked", "extrinsic": "marked"},
    "intrinsic": {"intrinsic": "intrinsic"},
    "extrinsic": {"extrinsic": "extrinsic"},
}


def _words(text: str, spans: list[Row]) -> Iterator[tuple[int, int, str | None]]:
    for match in re.finditer(r"\S+", text):
        first, last = match.span()
        yield first, last, next((s["label"] for s in spans if s["start"] < last and s["end"] >= first), None)


PAPER_COLUMNS = ("system_task", "op_form", "criterion_paraphrase", "system_language")
PAPER_FILES = {
    "v1": "iaa-v1.csv",
    "double": "iaa-v2_double-annotations.csv",
    "single": "iaa-v2_single-annotations.csv",
    "expert": "iaa-v2_single-annotations_expert.csv",
}


def papers(*rounds: str) -> dict[str, Source]:
    """By round: what each annotator entered in a column anywhere in a paper, as the set of those entries.

    The questions are equal in all rounds: a label for each entry that any of them holds.
    """
    held = {name: _entries(PAPER_FILES[name]) for name in rounds}
    words: dict[str, set[str]] = defaultdict(set)
    for found in held.values():
        for _, column, entries in ((key, column, e) for key, row in found.items() for column, e in row.items()):
            words[column] |= entries
    numbers = {column: {word: str(n) for n, word in enumerate(sorted(words[column]))} for column in PAPER_COLUMNS}
    questions = [
        {"name": column, "kind": "multichoice", "labels": labelled(*numbers[column].values())}
        for column in PAPER_COLUMNS
    ]
    mapping = {
        "external_id": "id", "fields": {"text": "text"}, "annotator": "who",
        "answers": {column: column for column in PAPER_COLUMNS},
    }  # fmt: skip
    minimums = {"alpha_units": 5, "shared_units": 5}
    return {
        name: Source(questions, ("text",), mapping, _paper_rows(found, numbers), minimums=minimums)
        for name, found in held.items()
    }


def _entries(file: str) -> dict[tuple[str, str], dict[str, set[str]]]:
    found: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in table("chec_guideline_rounds", file, encoding="utf-8-sig"):
        for column in PAPER_COLUMNS:
            found[row["key"], row["source_spreadsheet"]][column].add(row[column])
    return found


def _paper_rows(found: dict[tuple[str, str], dict[str, set[str]]], numbers: dict[str, dict[str, str]]) -> list[Row]:
    return [
        {"id": paper, "text": paper, "who": f"annotator {who}"}
        | {column: sorted(numbers[column][word] for word in entries) for column, entries in columns.items()}
        for (paper, who), columns in found.items()
    ]


def translations() -> tuple[Source, Path]:
    """The file of the translations as it is: it needs no change to be imported."""
    path = shared("data", "crowdwsa_t1", "CrowdWSA2019_T1_label_anonymous.tsv")
    mapping = {
        "external_id": "sentence", "fields": {"sentence": "sentence"}, "annotator": "worker",
        "answers": {"english": "workeranswer"},
    }  # fmt: skip
    return Source([{"name": "english", "kind": "text"}], ("sentence",), mapping, []), path
