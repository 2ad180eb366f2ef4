"""What annotators marked, made ready to be drawn on the item: pieces of its text, boxes over its image. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from guidelines.schema.boxes import SIDES
from guidelines.schema.itemtext import text_of
from guidelines.schema.lists import has_shape, label_title
from guidelines.schema.problems import Question

PERCENT = 100


@dataclass(frozen=True)
class Piece:
    """A part of the text between two edges of spans."""

    text: str
    marked: bool
    labels: str = ""
    """Of the spans that end with it."""


@dataclass(frozen=True)
class DrawnBox:
    """The sides of a box in per cent of the image."""

    x: str
    y: str
    width: str
    height: str


def pieces_of(question: Question, answer: Any, item_fields: Mapping[str, Any]) -> list[Piece]:
    """The text of the question's field cut at the edges of the spans; empty without a text or a span."""
    text = text_of(item_fields.get(question["field"]))
    spans = answer if has_shape(answer, ("start", "end", "label")) else []
    edges = sorted({edge for span in spans for edge in (span["start"], span["end"]) if 0 <= edge <= len(text)})
    if not edges:
        return []
    return [
        Piece(
            text[start:end],
            any(span["start"] <= start and end <= span["end"] for span in spans),
            ", ".join(label_title(question, span["label"]) for span in spans if span["end"] == end),
        )
        for start, end in pairwise([0, *edges, len(text)])
        if start < end
    ]


def boxes_of(answer: Any) -> list[DrawnBox]:
    boxes = answer if has_shape(answer, (*SIDES, "label")) else []
    return [DrawnBox(*(f"{PERCENT * box[side]:.4g}%" for side in SIDES)) for box in boxes]
