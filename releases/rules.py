"""Version numbers and splits: pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import FieldError

VERSION = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})", re.ASCII)
SPLIT_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
WHOLE = "train"
"""The name of the one split where none was asked for."""
Splits = Sequence[tuple[str, float]]


def version_key(version: str) -> tuple[int, int, int] | None:
    """The three numbers of x.y.z, or None where it is no version."""
    found = VERSION.fullmatch(version)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def next_version(last: str | None, step: str) -> str:
    """The number after `last` for a "major", "minor" or "patch" step; 1.0.0 where nothing was released."""
    key = version_key(last) if last else None
    if key is None:
        return "1.0.0"
    major, minor, patch = key
    if step == "major":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if step == "minor" else f"{major}.{minor}.{patch + 1}"


def check_splits(splits: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with {name: share}."""
    errors = [
        FieldError(f"#/splits/{name}", "A split is named by lower-case letters, digits and underscores.")
        for name in splits
        if not SPLIT_NAME.fullmatch(name)
    ]
    errors += [
        FieldError(f"#/splits/{name}", "The share must be a number above 0 and at most 1.")
        for name, share in splits.items()
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share <= 1
    ]
    if not errors and splits and abs(sum(splits.values()) - 1) > 1e-6:
        errors.append(FieldError("#/splits", "The shares must add up to 1."))
    return errors


def split_of(external_id: str, splits: Splits, seed: str) -> str:
    """The split of an item: fixed by its id and the seed, whatever else is released beside it."""
    if not splits:
        return WHOLE
    digest = hashlib.sha256(f"{seed}:{external_id}".encode("utf-8", "surrogatepass")).digest()
    place, reached = int.from_bytes(digest[:7], "big") / 2**56, 0.0
    for name, share in splits:
        reached += share
        if place < reached:
            return name
    return splits[-1][0]
