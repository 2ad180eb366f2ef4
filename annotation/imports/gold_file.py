"""Gold items out of a file: one row an item, its fields, and a column of known answers for each question."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction

from annotation.imports.requests import check_request
from annotation.imports.uploads import StoredFile, path_of
from annotation.models import GoldItem
from annotation.services.gold import MOST_AT_ONCE, NewGold, add_gold_items
from annotation.training import gold_items_of, gold_problems
from core.errors import Invalid
from events.actor import Actor
from guidelines.schema.schema import LabelSchema
from guidelines.selectors import current_version, label_schema_of
from intake.apply import Mapped, apply_mapping
from intake.errors import BatchExists
from intake.fields import FieldSpec
from intake.models import Batch, Item
from intake.readers.base import FileRefused, Reader, Row, RowProblem
from intake.readers.registry import get_reader
from intake.selectors import find_batch
from intake.services import NewItem, create_batch, create_items, known_items
from projects.models import Project

BATCH = "Gold items"
"""Where items go that only the file knows. It has no queue, so nobody is given them as real work."""
REMARKS = ("explanation", "clauses")
LOOKED_AT = 50


@dataclass(frozen=True)
class GoldFile:
    """What came of a file: rows read = added + reported."""

    added: list[GoldItem]
    problems: list[RowProblem]


@transaction.atomic
def add_gold_file(
    *, by: Actor, project: Project, stored: StoredFile, file_format: str, use: str, now: datetime
) -> GoldFile:  # fmt: skip
    """Make gold items of the rows that are in order, and report the others by their line.

    Columns are known by their names: `external_id`, the project's fields, the questions, `explanation`, `clauses`.
    Raises NoGuideline, Invalid where the file cannot be read or has no answers, or more than 1,000 rows.
    """
    path, reader = path_of(stored.stored_as), get_reader(file_format)
    try:
        mapping = _mapping(project, reader, path)
        parsed, version = check_request(project, mapping)
        schema = label_schema_of(version) if version else None
        columns = reader.columns(path)
        rows = apply_mapping(
            reader.read(path), parsed, FieldSpec.from_data(project.fields), schema, file_hash=stored.sha256,
            columns=columns,
        )  # fmt: skip
        found = list(islice(rows, MOST_AT_ONCE + 1))
    except FileRefused as refusal:
        raise Invalid(refusal.detail) from refusal
    if len(found) > MOST_AT_ONCE:
        raise Invalid(f"The file has more than {MOST_AT_ONCE:,} rows. Split it.")
    problems = [row for row in found if isinstance(row, RowProblem)]
    kept = list(_usable([row for row in found if isinstance(row, Mapped)], schema, problems))
    return _add(by=by, project=project, rows=kept, problems=problems, use=use, now=now)


def _mapping(project: Project, reader: Reader, path: Any) -> dict[str, Any]:
    """One row an item, columns by their names."""
    names = reader.columns(path)
    if names is None:
        rows = [row.data for row in islice(reader.read(path), LOOKED_AT) if isinstance(row, Row)]
        names = list(dict.fromkeys(name for row in rows for name in row))
    version = current_version(project)
    questions = label_schema_of(version).question_names if version else ()
    answers = {name: name for name in questions if name in names}
    if version is not None and not answers:
        raise Invalid(f"The file has no column of answers. Name one after a question: {', '.join(questions)}.")
    mapping: dict[str, Any] = {
        "fields": {f["name"]: f["name"] for f in project.fields if f["name"] in names or f.get("required", True)},
        "answers": answers, "identity": "none", "null_values": ["", None],
    }  # fmt: skip
    if metadata := {name: name for name in REMARKS if name in names}:
        mapping["metadata"] = metadata
    return mapping | ({"external_id": "external_id"} if "external_id" in names else {})


def _usable(rows: list[Mapped], schema: LabelSchema | None, problems: list[RowProblem]) -> Iterator[Mapped]:
    """The rows whose answers may be known answers, each item once; the others are added to `problems`."""
    seen: set[str] = set()
    for row in rows:
        answers = row.answers[0].answers if row.answers else {}
        wrong = gold_problems(schema, answers, row.item.fields) if schema else []
        if wrong:
            problems.append(RowProblem(row.line, wrong[0][0], "no_answer", wrong[0][1]))
        elif row.item.external_id in seen:
            problems.append(RowProblem(row.line, "/external_id", "repeat", "An earlier row has the same item."))
        else:
            seen.add(row.item.external_id)
            yield row


def _add(
    *, by: Actor, project: Project, rows: list[Mapped], problems: list[RowProblem], use: str, now: datetime
) -> GoldFile:  # fmt: skip
    items = _items(by, project, rows)
    known = set(gold_items_of(project).filter(item__in=items.values()).values_list("item", flat=True))
    version = current_version(project)
    keys = {clause["key"] for clause in version.clauses} if version else set()
    new: list[NewGold] = []
    for row in rows:
        item = items[row.item.external_id]
        explanation, clauses = _remarks(row.item.metadata)
        if item.pk in known:
            words = "This item is a gold item already. Remove that one first."
            problems.append(RowProblem(row.line, "/external_id", "known", words))
        elif unknown := [key for key in clauses if key not in keys]:
            problems.append(RowProblem(row.line, "/clauses", "unknown_clause", f"There is no clause {unknown[0]}."))
        else:
            answers = row.answers[0].answers
            new.append(NewGold(item, answers, explanation, clauses, use, GoldItem.Source.FILE))
    added = add_gold_items(by=by, project=project, rows=new, now=now) if new else []
    return GoldFile(added, sorted(problems, key=lambda problem: problem.line))


def _items(by: Actor, project: Project, rows: list[Mapped]) -> dict[str, Item]:
    """external_id -> its item, made where the project has none."""
    known = known_items(project, [row.item.external_id for row in rows])
    missing = [row for row in rows if row.item.external_id not in known]
    if missing:
        batch = find_batch(project, BATCH) or _make_batch(by, project)
        new = [NewItem(row.item.external_id, row.item.fields, {}) for row in missing]
        made = create_items(by=by, project=project, batch=batch, rows=new)
        known |= {item.external_id: item for item in [*made.created, *made.existing]}
    loaded = Item.objects.in_bulk([item.pk for item in known.values()])
    return {name: loaded[item.pk] for name, item in known.items()}


def _make_batch(by: Actor, project: Project) -> Batch:
    try:
        return create_batch(by=by, project=project, name=BATCH)
    except BatchExists:
        return create_batch(by=by, project=project, name=f"{BATCH} (file)")


def _remarks(metadata: dict[str, Any]) -> tuple[str, list[str]]:
    """The explanation, and the keys of clauses: a list, or text parted by commas."""
    explanation, clauses = metadata.get("explanation"), metadata.get("clauses")
    if isinstance(clauses, str):
        clauses = [key.strip() for key in clauses.split(",")]
    keys = [str(key) for key in clauses if key] if isinstance(clauses, list) else []
    return (explanation if isinstance(explanation, str) else ""), keys
