"""Short forms for the tests of readers."""

from pathlib import Path
from typing import Any

from intake.readers.base import FileRefused, Row
from intake.readers.registry import get_reader


def read(path: Path, kind: str) -> list[tuple[int, Any]]:
    """Each row as (line, data), each reported one as (line, code)."""
    results = get_reader(kind).read(path)
    return [(result.line, result.data if isinstance(result, Row) else result.code) for result in results]


def refusal(path: Path, kind: str) -> str:
    """The code with which the file is refused, or "" where it is not."""
    refused = _refused(path, kind)
    if refused is None:
        return ""
    assert refused.detail.endswith(".")
    assert str(path) not in refused.detail
    return refused.code


def _refused(path: Path, kind: str) -> FileRefused | None:
    try:
        for _ in get_reader(kind).read(path):
            pass
    except FileRefused as refused:
        return refused
    return None
