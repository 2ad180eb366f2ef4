"""Canonical JSON and SHA-256: one spelling for everything that is hashed."""

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID


def _plain(value: object) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")


def canonical_json(value: Any) -> bytes:
    """`value` as canonical JSON: keys sorted, no spaces, UTF-8 unescaped, no NaN. Raises ValueError on NaN."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
    ).encode("utf-8", "surrogatepass")


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def content_hash(value: Any) -> str:
    """Lower-case hex SHA-256 of the canonical JSON of `value`."""
    return sha256_hex(canonical_json(value))


def rfc3339(at: datetime) -> str:
    """`at` in UTC with `Z` and microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
