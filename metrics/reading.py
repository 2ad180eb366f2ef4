"""Reading the answers that a figure rests on into a table of numbers.

Labels of a list have few different answers. PostgreSQL groups by round, version, annotator and answer and packs the
items of each group into one long value: a million answers of one annotator come as one row, which costs no object for
each. Answers that are different almost every time (texts, marks) are read one by one. Nothing is locked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.db.models import Aggregate, BinaryField, F, QuerySet, Value
from django.db.models.expressions import Expression
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Coalesce
from numpy.typing import NDArray
from psycopg import ClientCursor, Cursor

from annotation.models import Annotation, Round
from guidelines.schema.kind import Coded
from metrics.questions import NO_VERSION, Coder, measured_questions, published
from metrics.selection import Selection, annotations_of, rounds_of
from metrics.stats.patterns import Level
from metrics.stats.table import OPT_OUT, AnswerTable, Columns, table_of

CHUNK: Final = 2000
PLAN: Final = {"work_mem": "64MB", "enable_sort": "off", "enable_incremental_sort": "off"}
GROUPED: Final[frozenset[Level]] = frozenset({"nominal", "ordinal", "masi", "ranking"})
"""The levels whose answers are few different ones."""
EXTRA: Final = ("created_at", "lead_time_ms", "version")
"""What may be read beside the answers: microseconds since 1970; milliseconds, -1 where it is not known; the number of
the guideline version, 0 where it names none."""
Y2K: Final = 946_684_800_000_000
"""PostgreSQL's times count from 2000."""
Check = Callable[[], None]


class Packed(Aggregate):
    """The binary values of a group behind each other, all of one length."""

    function = "string_agg"
    template = "string_agg(%(send)s(%(expressions)s), ''::bytea)"
    output_field = BinaryField()

    def __init__(self, send: str, expression: Expression | F) -> None:
        super().__init__(expression, send=send)


@dataclass
class _Read:
    """Groups of answers as they come: one code each for round, annotator and value, and how many answers it has."""

    rounds: dict[UUID, int] = field(default_factory=dict)
    annotators: dict[UUID, int] = field(default_factory=dict)
    values: dict[Coded, int] = field(default_factory=dict)
    codes: list[tuple[int, int, int, int]] = field(default_factory=list)
    packed: dict[str, list[NDArray[Any]]] = field(default_factory=dict)

    def add(self, round_: UUID, annotator: UUID, value: Coded | None, number: int) -> None:
        self.codes.append((
            self.rounds.setdefault(round_, len(self.rounds)),
            self.annotators.setdefault(annotator, len(self.annotators)),
            OPT_OUT if value is None else self.values.setdefault(value, len(self.values)),
            number,
        ))  # fmt: skip

    def column(self, name: str, empty: str) -> NDArray[Any]:
        parts = self.packed.pop(name, [])
        return np.concatenate(parts) if parts else np.zeros(0, dtype=empty)


def read_answers(selection: Selection, check: Check | None = None, extra: Sequence[str] = ()) -> AnswerTable:
    """The counted answers of a selection to its question. `extra` names columns of `EXTRA`.

    `check` is called now and then and may raise to end the reading. Answers under a version that does not ask the
    question are left out.
    """
    rounds = rounds_of(selection).in_bulk()
    versions = published(selection.project)
    coding = _Coding(selection.question, rounds, {version.pk: version.number for version in versions},
                     {pk: Coder(versions, found.created_at) for pk, found in rounds.items()})  # fmt: skip
    measured = measured_questions(versions).get(selection.question)
    read = _read_groups if measured is not None and measured.level in GROUPED else _read_rows
    named = tuple(dict.fromkeys([*extra, *(["created_at"] if selection.joins_rounds else [])]))
    rows = annotations_of(selection)
    if "version" in named:
        rows = rows.annotate(version=Coalesce(F("guideline_version__number"), Value(NO_VERSION)))
    with transaction.atomic():
        found = read(rows, coding, named, check or _nothing)
    return _table(found, rounds, extra, joined=selection.joins_rounds)


def _nothing() -> None:
    """Nobody waits for an end."""


@dataclass(frozen=True)
class _Coding:
    """From raw answers to the values that agreement counts."""

    question: str
    rounds: dict[UUID, Round]
    numbers: dict[UUID, int | None]
    coders: dict[UUID, Coder]

    @property
    def text_fields(self) -> list[str]:
        return sorted({name for coder in self.coders.values() for name in coder.text_fields})

    def coded(self, round_: UUID, version: UUID | None, answer: Any, fields: dict[str, Any]) -> Iterator[Coded | None]:
        """The value, or nothing where the version does not ask the question."""
        number = self.numbers[version] if version is not None else None
        for name, value in self.coders[round_].coded(number, {self.question: answer}, fields):
            if name == self.question:
                yield value


def _read_groups(rows: QuerySet[Annotation], coding: _Coding, extra: Sequence[str], check: Check) -> _Read:
    found = _Read()
    columns = {"items": ("uuid_send", ">u8", F("item_id")), "slots": ("int4send", ">i4", F("slot"))}
    columns |= {name: _EXTRA[name] for name in extra}
    grouped = rows.order_by().values("round_id", "guideline_version_id", "annotator_id")
    grouped = grouped.values_list(
        "round_id", "guideline_version_id", "annotator_id", KeyTransform(coding.question, "answers")
    ).annotate(**{name: Packed(send, expression) for name, (send, _, expression) in columns.items()})
    for round_, version, annotator, answer, *packed in streamed(grouped):
        check()
        for value in coding.coded(round_, version, answer, {}):
            for (name, (_, kind, _)), data in zip(columns.items(), packed, strict=True):
                found.packed.setdefault(name, []).append(np.frombuffer(data, dtype=kind).astype(kind[1:]))
            found.add(round_, annotator, value, len(packed[0]) // 16)
    return found


_EXTRA: dict[str, tuple[str, str, Any]] = {
    "created_at": ("timestamptz_send", ">i8", F("created_at")),
    "lead_time_ms": ("int4send", ">i4", Coalesce(F("lead_time_ms"), Value(-1))),
    "version": ("int4send", ">i4", F("version")),
}


def streamed(rows: QuerySet[Any, Any]) -> Iterator[Sequence[Any]]:
    """The rows of an aggregate one by one, in binary, each freed before the next: they are few and long.

    Must run in a transaction.
    """
    sql, params = rows.query.sql_with_params()
    raw = connection.connection
    text = ClientCursor(raw).mogrify(sql, params)
    with _planned(), connection.wrap_database_errors, Cursor(raw) as cursor:
        yield from cursor.stream(text.encode(), binary=True)


@contextmanager
def _planned() -> Iterator[None]:
    """The planner expects groups without number from an answer and sorts all rows for them: here they are few."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name", [list(PLAN)])
        before = dict(cursor.fetchall())
    _configure(PLAN)
    yield
    _configure(before)


def _configure(settings: Mapping[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, value, true) FROM unnest(%s::text[], %s::text[]) AS s(name, value)",
            [list(settings), list(settings.values())],
        )


def _read_rows(rows: QuerySet[Annotation], coding: _Coding, extra: Sequence[str], check: Check) -> _Read:
    found, fields = _Read(), coding.text_fields
    columns = ("round_id", "guideline_version_id", "annotator_id", "item_id", "slot", *extra)
    keys = [KeyTransform(coding.question, "answers"), *(KeyTransform(name, "item__fields") for name in fields)]
    items, slots, more = bytearray(), list[int](), [list[Any]() for _ in extra]
    listed = rows.order_by().values_list(*columns, *keys)
    for place, (round_, version, annotator, item, slot, *rest) in enumerate(listed.iterator(chunk_size=CHUNK)):
        if place % CHUNK == 0:
            check()
        beside, answer, texts = rest[: len(extra)], rest[len(extra)], rest[len(extra) + 1 :]
        for value in coding.coded(round_, version, answer, dict(zip(fields, texts, strict=True))):
            found.add(round_, annotator, value, 1)
            items += item.bytes
            slots.append(slot)
            for column, cell in zip(more, beside, strict=True):
                column.append(cell)
    found.packed = {"items": [np.frombuffer(items, dtype=">u8").astype("u8")], "slots": [np.asarray(slots, "i4")]}
    found.packed |= {name: [_column(name, cells)] for name, cells in zip(extra, more, strict=True)}
    return found


def _column(name: str, cells: Iterable[Any]) -> NDArray[Any]:
    if name == "created_at":
        return np.asarray([round(cell.timestamp() * 1_000_000) - Y2K for cell in cells], dtype="i8")
    return np.asarray([-1 if cell is None else cell for cell in cells], dtype="i4")


def _table(found: _Read, rounds: dict[UUID, Round], extra: Sequence[str], *, joined: bool) -> AnswerTable:
    codes = np.asarray(found.codes, dtype=np.int32).reshape(-1, 4)
    found.codes.clear()
    times = found.column("created_at", "i8") + Y2K if joined or "created_at" in extra else None
    beside = {name: times if name == "created_at" else found.column(name, "i4") for name in extra}
    round_, annotator, value = (np.repeat(codes[:, place], codes[:, 3]) for place in range(3))
    return table_of(
        Columns(
            items=found.column("items", "u8").reshape(-1, 2), slot=found.column("slots", "i4"),
            round=round_, annotator=annotator, value=value, time=times,
            extra={name: column for name, column in beside.items() if column is not None},
        ),
        rounds={pk: rounds[pk].identity for pk in found.rounds}, annotators=found.annotators, values=found.values,
        joined=joined,
    )  # fmt: skip
