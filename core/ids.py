"""Identifiers: UUIDv7, so that the order of ids is the order of creation."""

import uuid

from uuid_utils.compat import uuid7

NIL = uuid.UUID(int=0)
"""Stands for "the installation" wherever an event belongs to no project."""


def new_id() -> uuid.UUID:
    """A new time-ordered id (RFC 9562, version 7)."""
    return uuid7()


def parse_id(text: object) -> uuid.UUID | None:
    """The id written in `text`, or None where it is no id: an unreadable id is simply not found."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None
