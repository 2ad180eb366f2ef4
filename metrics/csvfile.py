"""Rows as a CSV file: RFC 4180, commas, and no cell that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any


def csv_of(columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A file with a heading; every row must have every column, None is an empty cell."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe_cell(row[column]) for column in columns])
    return out.getvalue().encode()


def safe_cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is made plain."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
