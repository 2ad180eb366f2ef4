"""The rows of a release, read from its cut in chunks of items."""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any
from uuid import UUID

from adjudication.models import Decision
from adjudication.selectors import GoldRow, gold_rows
from annotation.models import Annotation
from annotation.selectors import annotations_at, counting_rounds
from core.canonical import canonical_json, rfc3339
from guidelines.schema.registry import kind_of
from guidelines.schema.schema import LabelSchema
from intake.models import Item
from projects.models import Project
from releases.building.aggregation import aggregates_of
from releases.building.versions import GuidelineAt
from releases.models import Release
from releases.rules import Splits, split_of

CHUNK = 500
Row = dict[str, Any]
FIXED = ("item_id", "external_id", "guideline_version", "split", "text_sha256")
SHORT = {
    "": "label", "_dist": "label_dist", "_source": "label_source", "_n": "n_annotations", "_agreement": "agreement",
}  # fmt: skip
"""How the columns of a question are also called where it is the only one."""
TEXTS = frozenset({"text", "markdown"})


@dataclass
class Chunk:
    """The rows of some items, and the labels among them as (question, value, version)."""

    items: list[Row] = field(default_factory=list)
    annotations: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    labels: list[tuple[str, Any, int | None]] = field(default_factory=list)
    people: set[UUID] = field(default_factory=set)


@dataclass(frozen=True)
class Given:
    """One annotation of the cut."""

    id: UUID
    item: UUID
    annotator: UUID
    answers: Mapping[str, Any]
    version: int | None
    row: Row
    sides: Mapping[str, Any]
    """Of preferences: the fields in the order in which they were shown."""
    outcomes: Mapping[str, Any]
    """Question -> what became of its suggestion."""


class Reader:
    """Reads the rows of one release. Nothing but its cut and what was fixed when it was asked for counts."""

    def __init__(self, release: Release, guideline: GuidelineAt) -> None:
        self.project: Project = release.project
        self.as_of = release.as_of
        self.salt = release.salt
        self.guideline = guideline
        self.schema: LabelSchema = guideline.schema or LabelSchema(())
        self.fields: Sequence[Mapping[str, Any]] = release.requested["fields"]
        self.splits: Splits = [(name, share) for name, share in release.requested["splits"]]
        self.rounds = list(counting_rounds(self.project))
        self.aggregates = aggregates_of(release, self.schema)
        self.columns = self._payload_columns()

    def _payload_columns(self) -> dict[str, str]:
        """Item field -> column. A field that is called like one of our own columns gets a prefix."""
        taken = set(FIXED) | set(SHORT.values())
        taken |= {f"{name}{ending}" for name in self.schema.question_names for ending in SHORT}
        return {f["name"]: f"field_{f['name']}" if f["name"] in taken else f["name"] for f in self.fields}

    def pseudonym(self, word: str, user: UUID) -> str:
        """The name of a person in this release alone: nobody is recognised across releases or roles."""
        digest = hmac.new(self.salt.encode(), f"{word}:{user}".encode(), "sha256").digest()
        return f"{word}-" + base64.b32encode(digest[:10]).decode().lower()

    def chunks(self) -> Iterator[Chunk]:
        """All items that have gold, in the order of their ids."""
        rows = gold_rows(self.project, as_of=self.as_of, aggregates=self.aggregates)
        by_item = groupby(rows, key=lambda row: row.item_id)
        units = ((item, list(rows)) for item, rows in by_item)
        while found := list(islice(units, CHUNK)):
            yield self._chunk(found)

    def _chunk(self, found: Sequence[tuple[UUID, list[GoldRow]]]) -> Chunk:
        ids = [item for item, _ in found]
        payload = dict(Item.objects.filter(pk__in=ids).values_list("pk", "fields"))
        wanted = [row.decision for _, rows in found for row in rows if row.decision is not None]
        decisions = Decision.objects.select_related("guideline_version").in_bulk(wanted)
        given = self._given(ids)
        chunk = Chunk()
        for item, rows in found:
            here = given.get(item, [])
            versions: dict[str, int | None] = {}
            for row in rows:
                decision = decisions.get(row.decision) if row.decision else None
                versions[row.question] = self._version_of(row, decision, here)
                if decision is not None:
                    chunk.decisions.append(self._decision_row(row, decision))
                if row.answer is not None:
                    chunk.labels.append((row.question, row.answer, versions[row.question]))
            chunk.items.append(self._item_row(rows, payload[item], versions))
            chunk.people.update(one.annotator for one in here)
            chunk.annotations += [row for one in here for row in self._annotation_rows(one)]
        return chunk

    def _given(self, ids: Sequence[UUID]) -> dict[UUID, list[Given]]:
        rows = annotations_at(self.project, self.as_of).filter(item__in=ids, round__in=self.rounds)
        found: dict[UUID, list[Given]] = {}
        for annotation in rows.select_related("guideline_version").order_by("item", "pk"):
            version = annotation.guideline_version.number if annotation.guideline_version else None
            one = Given(
                annotation.pk, annotation.item_id, annotation.annotator_id, annotation.answers, version,
                self._about(annotation, version), annotation.sides or {}, annotation.suggestion_outcome or {},
            )  # fmt: skip
            found.setdefault(annotation.item_id, []).append(one)
        return found

    @staticmethod
    def _version_of(row: GoldRow, decision: Decision | None, given: Sequence[Given]) -> int | None:
        """The version a label stands under: the decision's, else the newest under which somebody gave it."""
        if decision is not None and decision.guideline_version is not None:
            return decision.guideline_version.number
        versions = [one.version for one in given if one.version is not None and row.question in one.answers]
        return max(versions, default=None)

    def _item_row(self, gold: Sequence[GoldRow], payload: Mapping[str, Any], versions: Mapping[str, int | None]) -> Row:
        row: Row = {column: payload.get(name) for name, column in self.columns.items()}
        by_question = {one.question: one for one in gold}
        for name in self.schema.question_names:
            columns = self._question_columns(name, by_question.get(name))
            row |= {f"{name}{ending}": value for ending, value in columns.items()}
            if len(self.schema.question_names) == 1:
                row |= {SHORT[ending]: value for ending, value in columns.items()}
        first = gold[0]
        known = [version for version in versions.values() if version is not None]
        return row | {
            "item_id": str(first.item_id),
            "external_id": first.external_id,
            "guideline_version": max(known, default=None),
            "split": split_of(first.external_id, self.splits, str(self.project.pk)),
            "text_sha256": self._text_hash(payload),
        }

    def _text_hash(self, payload: Mapping[str, Any]) -> str:
        """Of the text itself where an item has one text, else of all its fields as canonical JSON."""
        texts = [f["name"] for f in self.fields if f.get("type") in TEXTS]
        if len(texts) == 1 and isinstance(payload.get(texts[0]), str):
            return hashlib.sha256(payload[texts[0]].encode("utf-8", "surrogatepass")).hexdigest()
        return hashlib.sha256(canonical_json(payload)).hexdigest()

    def _question_columns(self, name: str, gold: GoldRow | None) -> Row:
        if gold is None:
            return {"": None, "_dist": None, "_source": None, "_n": None, "_agreement": None}
        question = self.schema.by_name[name]
        answer = None if gold.answer is None else kind_of(question).canonical(question, gold.answer)
        dist = distribution_in(question, gold.distribution)
        return {"": answer, "_dist": dist, "_source": gold.source, "_n": gold.n, "_agreement": _agreement(gold)}

    def _about(self, annotation: Annotation, version: int | None) -> Row:
        return {
            "annotation_id": str(annotation.pk),
            "item_id": str(annotation.item_id),
            "round": str(annotation.round_id),
            "annotator_id": self.pseudonym("annotator", annotation.annotator_id),
            "guideline_version": version,
            "counted": annotation.blind and annotation.suggestion_id is None,
            "lead_time_ms": annotation.lead_time_ms,
            "created_at": rfc3339(annotation.created_at),
            "suggestion_shown": annotation.suggestion_id is not None,
            "superseded_by": None,
        }

    def _annotation_rows(self, one: Given) -> Iterator[Row]:
        for question in self.schema.question_names:
            if question in one.answers:
                value = one.answers[question]
                yield one.row | {
                    "question": question,
                    "value": canonical_json(value).decode(),
                    "value_text": value if isinstance(value, str) else None,
                    "value_number": value if isinstance(value, (int, float)) else None,
                    "is_stale": self.guideline.is_stale(question, value, one.version),
                    "suggestion_action": one.outcomes.get(question),
                    "presented_order": one.sides.get(question),
                }

    def _decision_row(self, row: GoldRow, decision: Decision) -> Row:
        return {
            "item_id": str(row.item_id),
            "question": row.question,
            "outcome": decision.outcome,
            "value": None if row.answer is None else canonical_json(row.answer).decode(),
            "confidence": decision.confidence,
            "rationale": decision.rationale,
            "clauses": decision.clauses,
            "cause": decision.cause,
            "guideline_gap": decision.guideline_gap,
            "guideline_version": decision.guideline_version.number if decision.guideline_version else None,
            "adjudicator_id": self.pseudonym("adjudicator", decision.decided_by_id),
            "decided_at": rfc3339(decision.decided_at),
        }


def distribution_in(question: Mapping[str, Any], distribution: Sequence[Mapping[str, Any]]) -> Any:
    """The shares in the order of the labels; for sets one distribution a label, not held and held; else as it is."""
    kind = kind_of(question)
    values = kind.condition_values(question)
    if values is not None:
        shares = {_key(entry["answer"]): entry["share"] for entry in distribution}
        return [shares.get(_key(value), 0) for value in values]
    if not kind.chooses_labels:
        return distribution
    held = {
        label: sum(entry["share"] for entry in distribution if label in _labels_of(entry["answer"]))
        for label in kind.label_values(question)
    }
    return {label: {"0": 1 - share, "1": share} for label, share in held.items()}


def _labels_of(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else [answer]


def _key(answer: Any) -> bytes:
    return canonical_json(answer)


def _agreement(gold: GoldRow) -> float | None:
    """The share of pairs of answers that are equal; None below two answers."""
    if gold.n < 2:
        return None
    counts = [round(entry["share"] * gold.n) for entry in gold.given or gold.distribution]
    return sum(count * (count - 1) for count in counts) / (gold.n * (gold.n - 1))
