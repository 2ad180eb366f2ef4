"""The text of an item's field that offsets count in."""

from collections.abc import Mapping
from typing import Any

TURN_JOINT = "\n"
"""Stands between the turns of a chat. It is counted like any other character."""


def text_of(value: object) -> str:
    """The text of a field's value: of a text or Markdown field the stored text, of a chat the contents of its turns.

    Turns are joined by one line feed; their roles are not counted. A turn without a text counts as an empty one.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return TURN_JOINT.join(turn_text(turn) for turn in value)
    return ""


def turn_text(turn: object) -> str:
    """What a turn says; where it comes in parts, as logs of models have it, the texts of the parts in lines."""
    if not isinstance(turn, Mapping):
        return ""
    content: Any = turn.get("content")
    content = turn.get("text") if content is None else content
    if isinstance(content, list):
        texts = [part["text"] for part in content if isinstance(part, Mapping) and isinstance(part.get("text"), str)]
        return "\n".join(texts) if len(texts) == len(content) else ""
    return content if isinstance(content, str) else ""
