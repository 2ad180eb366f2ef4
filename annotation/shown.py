"""The fields of an item as server pages show them."""

import json
from typing import Any

from guidelines.schema.itemtext import text_of, turn_text
from intake.models import Item
from intake.selectors import image_named
from projects.models import Project

TEXTS = frozenset({"text", "markdown", "chat"})


def shown_fields(project: Project, item: Item) -> list[dict[str, Any]]:
    """The fields in the order that the project declares, empty ones left out.

    `value` is ready to be shown: of a chat its turns as {role, content}. `uploaded` says that an image is here.
    """
    shown = []
    for spec in project.fields:
        value, kind = item.fields.get(spec["name"]), spec.get("type", "text")
        if value is None or value == "":
            continue
        if kind == "json":
            value = json.dumps(value, ensure_ascii=False, indent=2)
        if kind == "chat" and isinstance(value, list):
            value = [
                {"role": turn.get("role") or turn.get("from") or "?", "content": turn_text(turn)}
                for turn in value
                if isinstance(turn, dict)
            ]
        shown.append({
            "name": spec["name"], "title": spec.get("title") or spec["name"], "type": kind, "value": value,
            "language": spec.get("language", ""),
            "uploaded": kind == "image" and _is_uploaded(project, str(value)),
        })  # fmt: skip
    return shown


def _is_uploaded(project: Project, value: str) -> bool:
    return not value.startswith("data:") and image_named(project, value) is not None


def field_preview(item: Item, name: str, most: int) -> str:
    """One field of the item as a text, cut."""
    value = item.fields.get(name)
    text = text_of(value) or json.dumps(value, ensure_ascii=False)
    if text.startswith("data:"):
        return "an image"
    return text if len(text) <= most else text[:most] + "…"


def preview_of(project: Project, item: Item, most: int) -> str:
    """The first text of the item in the order of the project's fields, cut; without any, the name of its image."""
    ordered = sorted(project.fields, key=lambda spec: spec.get("type", "text") not in TEXTS)
    texts = (text_of(item.fields.get(spec["name"])) for spec in ordered)
    text = next((text for text in texts if text and not text.startswith("data:")), "")
    return text if len(text) <= most else text[:most] + "…"
