"""The formats of an export. A new one is a function here and an entry in FORMATS."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.canonical import canonical_json

Row = dict[str, Any]


@dataclass(frozen=True)
class Layout:
    """What a format needs to know: the columns, which of them is spread over the item fields, and the guard."""

    columns: Sequence[str]
    expanded: str | None
    fields: Sequence[str]
    spreadsheet_safe: bool


Format = Callable[[Iterable[Row], Layout], Iterator[bytes]]


def as_jsonl(rows: Iterable[Row], layout: Layout) -> Iterator[bytes]:  # noqa: ARG001  # the signature of a format
    """One object a line, keys sorted."""
    for row in rows:
        yield canonical_json(row) + b"\n"


def as_csv(rows: Iterable[Row], layout: Layout) -> Iterator[bytes]:
    """RFC 4180 with a header. Texts are themselves, everything else is JSON, an absent value is empty."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL if layout.spreadsheet_safe else csv.QUOTE_MINIMAL)
    yield _line(out, writer, _header(layout), layout)
    for row in rows:
        yield _line(out, writer, list(_cells(row, layout)), layout)


def _header(layout: Layout) -> list[Any]:
    names: list[Any] = []
    for column in layout.columns:
        names += [f"{column}.{name}" for name in layout.fields] if column == layout.expanded else [column]
    return names


def _cells(row: Row, layout: Layout) -> Iterator[Any]:
    for column in layout.columns:
        if column == layout.expanded:
            yield from (row[column].get(name) for name in layout.fields)
        else:
            yield row[column]


def _line(out: io.StringIO, writer: Any, cells: Sequence[Any], layout: Layout) -> bytes:
    out.seek(0)
    out.truncate()
    writer.writerow([_cell(value, layout.spreadsheet_safe) for value in cells])
    return out.getvalue().encode("utf-8", "surrogatepass")


def _cell(value: Any, guarded: bool) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else canonical_json(value).decode("utf-8", "surrogatepass")
    plain_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return guard(text) if guarded and not plain_number else text


DANGEROUS = frozenset("=+-@\t\r\n\x00＝＋－＠")
HIDDEN = "\"'“”‘’ \u00a0\u200b\u200c\u200d\u2060\ufeff"
"""What a spreadsheet may drop before it looks for a formula."""


def guard(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula: one apostrophe before it.

    A text that begins with an apostrophe gets one too, so that taking one away always gives the text back.
    """
    if not text:
        return text
    shown = text.lstrip(HIDDEN)
    return "'" + text if text[0] == "'" or (shown and shown[0] in DANGEROUS) else text


FORMATS: dict[str, Format] = {"jsonl": as_jsonl, "csv": as_csv}
CONTENT_TYPES = {"jsonl": "application/jsonl; charset=utf-8", "csv": "text/csv; charset=utf-8"}
