"""From rows of a foreign file to items and answers, by a mapping.

Every row is either kept whole or reported whole, by one problem: a row of which one answer is refused
yields neither item nor annotation, also when it holds the answers of several annotators. So rows read =
rows kept + rows reported. The one thing left out in silence is the absent answer to a question that need
not be answered, beside others that are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.canonical import canonical_json
from intake.answers import AnswerSchema, MappedAnswer, name_text, read_row_answers
from intake.fields import FieldSpec, read_field
from intake.lookup import MISSING, RefusedRow, lookup
from intake.mapping import ImportMapping, MappingProblem
from intake.readers.base import FileRefused, Row, RowProblem, column_pointer

MAX_EXTERNAL_ID = 500


@dataclass(frozen=True)
class MappedItem:
    """`external_id` is never empty: without such a column it is the file's hash and the row's line."""

    external_id: str
    fields: dict[str, Any]
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Mapped:
    """One kept row: its item and the answers it brings, none where the mapping maps none."""

    line: int
    item: MappedItem
    answers: tuple[MappedAnswer, ...]


def check_mapping(
    mapping: ImportMapping, fields: Sequence[FieldSpec], schema: AnswerSchema | None, base: str = "#/mapping"
) -> list[MappingProblem]:
    """What the mapping names and the project does not have: fields, questions."""
    problems: list[MappingProblem] = []
    names = {spec.name for spec in fields}
    for name in mapping.fields or {}:
        if name not in names:
            detail = f"The project has no field “{name}”; its fields are {', '.join(sorted(names))}."
            problems.append(MappingProblem(f"{base}/fields{column_pointer(name)[1:]}", detail, "unknown_field"))
    for spec in fields:
        if mapping.fields is not None and spec.required and spec.name not in mapping.fields:
            detail = f"The field “{spec.name}” is required; name the column that holds it."
            problems.append(MappingProblem(f"{base}/fields{column_pointer(spec.name)[1:]}", detail, "required"))
    place = f"{base}/annotators/answers" if mapping.annotators else f"{base}/answers"
    known = schema.question_names if schema is not None else ()
    for column in mapping.question_columns:
        if schema is not None and column.question not in known:
            detail = f"There is no question “{column.question}”; the questions are {', '.join(known)}."
            pointer = f"{place}{column_pointer(column.question)[1:]}"
            problems.append(MappingProblem(pointer, detail, "unknown_question"))
    return problems


def apply_mapping(
    rows: Iterable[Row | RowProblem],
    mapping: ImportMapping,
    fields: Sequence[FieldSpec],
    schema: AnswerSchema | None = None,
    *,
    file_hash: str,
    columns: Sequence[str] | None,
) -> Iterator[Mapped | RowProblem]:
    """Exactly one result for each of `rows`.

    Raises FileRefused with code `missing_column` where the mapping names a column that the file does not
    have: for a table before any row, else at the end, once no row had it. `file_hash` is the SHA-256 of
    the file as sent.
    """
    applier = _Applier(mapping, fields, schema, file_hash, columns)
    for row in rows:
        yield row if isinstance(row, RowProblem) else applier.apply(row)
    applier.finish()


class _Applier:
    def __init__(
        self,
        mapping: ImportMapping,
        fields: Sequence[FieldSpec],
        schema: AnswerSchema | None,
        file_hash: str,
        columns: Sequence[str] | None,
    ) -> None:
        self._mapping = mapping
        self._schema = schema
        self._file_hash = file_hash
        self._tabular = columns is not None
        self._fields = [
            (spec, spec.name if mapping.fields is None else mapping.fields.get(spec.name)) for spec in fields
        ]
        self._unseen = set(mapping.columns)
        self._rows = 0
        if columns is not None:
            if mapping.fields is None:
                self._unseen |= {spec.name for spec in fields if spec.required}
            self._see(dict.fromkeys(columns, ""))
            self._refuse_unseen()

    def apply(self, row: Row) -> Mapped | RowProblem:
        self._rows += 1
        self._see(row.data)
        try:
            item = MappedItem(self._external_id(row), self._item_fields(row.data), self._metadata(row.data))
            return Mapped(row.line, item, read_row_answers(row.data, self._mapping, self._schema, item.fields))
        except RefusedRow as refusal:
            return RowProblem(row.line, refusal.pointer, refusal.code, refusal.detail)

    def finish(self) -> None:
        if self._rows:
            self._refuse_unseen()

    def _refuse_unseen(self) -> None:
        if self._unseen:
            missing = ", ".join(f"“{column}”" for column in sorted(self._unseen))
            raise FileRefused("missing_column", f"The file has no column {missing}; correct the mapping or the file.")

    def _see(self, data: Mapping[str, Any]) -> None:
        if self._unseen:
            self._unseen = {column for column in self._unseen if lookup(data, column) is MISSING}

    def _external_id(self, row: Row) -> str:
        columns = self._mapping.external_id
        if not columns:
            return f"{self._file_hash}:{row.line}"
        parts = [
            name_text(lookup(row.data, column), column, MAX_EXTERNAL_ID, "missing_external_id", "external id")
            for column in columns
        ]
        if not self._mapping.external_id_is_tuple:
            return parts[0]
        shown = canonical_json(parts).decode()
        return name_text(shown, columns[0], MAX_EXTERNAL_ID, "missing_external_id", "external id")

    def _item_fields(self, data: Mapping[str, Any]) -> dict[str, Any]:
        values = {
            spec.name: read_field(
                spec,
                spec.name if column is None else column,
                MISSING if column is None else lookup(data, column),
                tabular=self._tabular,
            )
            for spec, column in self._fields
        }
        return {name: value for name, value in values.items() if value is not MISSING}

    def _metadata(self, data: Mapping[str, Any]) -> dict[str, Any]:
        values = {name: lookup(data, column) for name, column in (self._mapping.metadata or {}).items()}
        return {name: value for name, value in values.items() if value is not MISSING}
