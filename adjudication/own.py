"""An answer that nobody gave, written in plain fields: rows for spans and boxes, a rank for each option.

These fields work without a script. A script that draws on the item instead may send the whole answer as JSON in `own`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from guidelines.schema.boxes import SIDES
from guidelines.schema.itemtext import text_of
from guidelines.schema.kind import CannotConvert, Kind
from guidelines.schema.lists import label_values
from guidelines.schema.problems import Problem, Question
from guidelines.schema.spans import SHOWN_TEXT

COLUMNS = {"spans": ("start", "end", "words"), "boxes": SIDES}
"""What is typed in a row, beside its label."""
BLANK_ROWS = 3
MOST_ROWS = 200
PERCENT = 100
Asked = tuple[Kind, Question]


@dataclass(frozen=True)
class Row:
    """One mark: what was typed in each column, and its label."""

    cells: tuple[tuple[str, str], ...]
    label: str
    words: str = ""
    """What the text holds there."""


@dataclass(frozen=True)
class Own:
    """The control for an own answer, holding what was sent."""

    widget: str
    value: str = ""
    boxes: tuple[tuple[str, str, str, bool], ...] = ()
    """Of labels to tick: value, title, key, ticked."""
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    """Of rows: the labels as value and title."""
    ranks: tuple[tuple[str, str], ...] = ()
    """Of a ranking: each option with its rank, which is empty where it is left out."""
    places: tuple[str, ...] = ()


def own_control(
    asked: Asked | None, sent: QueryDict | None, item_fields: Mapping[str, Any], start: Any = None
) -> Own | None:
    """The control for an own answer; None where all answers can be listed.

    It holds what was `sent`, or else the answer `start` to go on from.
    """
    if asked is None or asked[0].condition_values(asked[1]) is not None:
        return None
    kind, question = asked
    given = sent.getlist("own") if sent is not None else []
    if kind.name in COLUMNS:
        rows = _rows_of(kind.name, start) if sent is None or start is not None else _sent_rows(kind.name, sent)
        text = text_of(item_fields.get(question["field"]))
        blank = Row(tuple((column, "") for column in COLUMNS[kind.name]), label_values(question)[0])
        return Own(
            kind.name, columns=COLUMNS[kind.name],
            rows=(*(_with_words(row, text) for row in rows), *[blank] * BLANK_ROWS),
            labels=tuple((label["value"], str(label["title"])) for label in question["labels"]),
        )  # fmt: skip
    if kind.name == "ranking":
        options = kind.label_values(question)
        ranks = _ranks_of(options, start) if sent is None or start is not None else _sent_ranks(options, sent)
        return Own("ranking", ranks=tuple(ranks.items()), places=tuple(map(str, range(1, len(options) + 1))))
    if not kind.chooses_labels:
        return Own("number" if kind.name == "number" else "text", value=given[0] if given else "")
    boxes = enumerate(question["labels"], start=1)
    return Own("labels", boxes=tuple(
        (label["value"], label["title"], str(index) if index <= 9 else "", label["value"] in given)
        for index, label in boxes
    ))  # fmt: skip


def read_own(asked: Asked, sent: QueryDict, item_fields: Mapping[str, Any]) -> Any:
    """The answer that was typed, ticked or drawn. Raises CannotConvert."""
    kind, question = asked
    given = sent.getlist("own")
    if kind.chooses_labels:
        return kind.convert(question, given, "#/answer")
    typed = given[0].replace("\r\n", "\n") if given else ""
    if typed or kind.name not in {*COLUMNS, "ranking"}:
        return kind.read(question, typed, item_fields, "#/answer")
    if kind.name == "ranking":
        return _ranked(_sent_ranks(kind.label_values(question), sent))
    rows = [row for row in _sent_rows(kind.name, sent) if any(text for _, text in row.cells)]
    if kind.name == "boxes":
        return [_box(row, number) for number, row in enumerate(rows, start=1)]
    text = text_of(item_fields.get(question["field"]))
    return [_span(row, number, text) for number, row in enumerate(rows, start=1)]


# --- rows ---------------------------------------------------------------------------------------------------------


def _sent_rows(kind: str, sent: QueryDict) -> list[Row]:
    columns = [sent.getlist(f"own-{column}") for column in COLUMNS[kind]]
    rows = []
    for label, *texts in zip(sent.getlist("own-label")[:MOST_ROWS], *columns, strict=False):
        cells = tuple((column, text.strip()) for column, text in zip(COLUMNS[kind], texts, strict=True))
        if any(text for _, text in cells):
            rows.append(Row(cells, label))
    return rows


def _rows_of(kind: str, answer: Any) -> list[Row]:
    """The rows of an answer that somebody gave. Boxes are shown in percent of the image."""
    if not isinstance(answer, list):
        return []
    rows = []
    for mark in answer:
        if not isinstance(mark, Mapping):
            continue
        texts = {column: mark.get(column, "") for column in COLUMNS[kind]}
        if kind == "boxes":
            texts = {side: f"{PERCENT * mark[side]:.6g}" for side in SIDES if side in mark}
        rows.append(Row(tuple((name, str(text)) for name, text in texts.items()), str(mark.get("label", ""))))
    return rows


def _with_words(row: Row, text: str) -> Row:
    places = [dict(row.cells).get(name, "") for name in ("start", "end")]
    if not all(place.isascii() and place.isdigit() and len(place) < 10 for place in places):
        return row
    return replace(row, words=text[int(places[0]) : int(places[1])][:SHOWN_TEXT])


def _refused(number: int, detail: str) -> CannotConvert:
    return CannotConvert(Problem("#/answer", f"Row {number}: {detail}", "wrong_type"))


def _span(row: Row, number: int, text: str) -> dict[str, Any]:
    """A span by its places, or by its words where they stand in the text once or the start says which are meant."""
    cells = dict(row.cells)
    start, end = (_whole(cells[name], number, name) for name in ("start", "end"))
    words = cells["words"]
    if words and start is None:
        start = text.find(words)
        if start < 0:
            raise _refused(number, f"“{words}” does not stand in the text; copy the words as they are.")
        if text.find(words, start + 1) >= 0:
            raise _refused(number, f"“{words}” stands in the text more than once; give the start too.")
    if start is None:
        raise _refused(number, "give the start, or the words.")
    if words and text[start : start + len(words)] != words:
        raise _refused(number, f"“{words}” does not begin at {start}; correct the one or the other.")
    if end is None and not words:
        raise _refused(number, "give the end, or the words.")
    return {"start": start, "end": start + len(words) if end is None else end, "label": row.label}


def _whole(text: str, number: int, name: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _refused(number, f"give the {name} as a whole number of characters.")
    return int(text)


def _box(row: Row, number: int) -> dict[str, Any]:
    box: dict[str, Any] = {}
    for side, text in row.cells:
        try:
            box[side] = round(float(text.replace(",", ".")) / PERCENT, 8)
        except (ValueError, OverflowError) as error:
            raise _refused(number, f"give {side} as a number, in percent of the image.") from error
    return box | {"label": row.label}


# --- ranks --------------------------------------------------------------------------------------------------------


def _sent_ranks(options: Sequence[str], sent: QueryDict) -> dict[str, str]:
    return {option: sent.get(f"own-rank-{index}", "") for index, option in enumerate(options)}


def _ranks_of(options: Sequence[str], answer: Any) -> dict[str, str]:
    ranks = dict.fromkeys(options, "")
    groups = answer if isinstance(answer, list) else []
    for place, group in enumerate(groups, start=1):
        ranks |= {option: str(place) for option in group if option in ranks}
    return ranks


def _ranked(ranks: Mapping[str, str]) -> list[list[str]]:
    """The groups, best first; ranks that nobody has are passed over."""
    places = sorted({int(rank) for rank in ranks.values() if rank.isascii() and rank.isdigit()})
    return [[option for option, rank in ranks.items() if rank == str(place)] for place in places]
