"""Word-level differences between two guidelines, as a page shows them. Pure.

Texts are compared as they were written (Markdown), not as rendered: whoever reads a change sees all of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from core.canonical import canonical_json
from guidelines.schema.diff import diff_clauses, diff_labels
from guidelines.schema.schema import LabelSchema

# Words; scripts without spaces (Thai, kana, Han, Hangul) by character, so that one change does not mark a paragraph.
_TOKEN = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u0e00-\u0e7f\u3040-\ud7af]+|\s+|.", re.S
)
MOST_TOKENS = 3000
TITLES = {
    "title": "Title", "about": "About", "definition": "Definition", "use_when": "Use when", "avoid_when": "Avoid when",
    "examples": "Examples",
}  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A stretch of text that is `same`, `added` or `removed`."""

    kind: str
    text: str


@dataclass(frozen=True)
class PartChange:
    title: str
    pieces: tuple[Piece, ...]

    @property
    def changed(self) -> bool:
        return any(piece.kind != "same" for piece in self.pieces)


@dataclass(frozen=True)
class ClauseChange:
    key: str
    title: str
    state: str
    parts: tuple[PartChange, ...]


@dataclass(frozen=True)
class LabelChange:
    """A question (`label` None) or a label of it."""

    question: str
    label: str | None
    state: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Comparison:
    clauses: tuple[ClauseChange, ...]
    labels: tuple[LabelChange, ...]
    unchanged: int

    @property
    def empty(self) -> bool:
        return not self.clauses and not self.labels


def _join(pieces: Iterable[tuple[str, str]]) -> tuple[Piece, ...]:
    """Neighbours of one kind as one piece, empty ones left out."""
    joined: list[Piece] = []
    for kind, text in pieces:
        if not text:
            continue
        if joined and joined[-1].kind == kind:
            joined[-1] = Piece(kind, joined[-1].text + text)
        else:
            joined.append(Piece(kind, text))
    return tuple(joined)


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "same", "".join(old[a:b])
        else:
            yield "removed", "".join(old[a:b])
            yield "added", "".join(new[c:d])


def _words(before: str, after: str) -> Iterator[tuple[str, str]]:
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(old) + len(new) > MOST_TOKENS:
        yield "removed", before
        yield "added", after
    else:
        yield from _opcodes(old, new)


@lru_cache(maxsize=1024)
def diff_words(before: str, after: str) -> tuple[Piece, ...]:
    """What turns `before` into `after`, by words within changed lines."""
    if before == after:
        return _join([("same", after)])
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    pieces: list[tuple[str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(("same", "".join(old[a:b])))
        else:
            pieces += _words("".join(old[a:b]), "".join(new[c:d]))
    return _join(pieces)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else canonical_json(value).decode()


def _examples(clause: Mapping[str, Any]) -> str:
    blocks = []
    for example in clause.get("examples", []):
        lines = [example["text"]]
        if example.get("answer") is not None:
            lines.append(f"→ {_plain(example['answer'])}")
        if example.get("why"):
            lines.append(example["why"])
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _texts(clause: Mapping[str, Any] | None) -> dict[str, str]:
    if clause is None:
        return dict.fromkeys(TITLES, "")
    about = "/".join(clause[name] for name in ("question", "label") if clause.get(name))
    plain = {name: str(clause.get(name) or "") for name in ("title", "definition", "use_when", "avoid_when")}
    return plain | {"about": about, "examples": _examples(clause)}


def _clause(row: Mapping[str, Any]) -> ClauseChange:
    old, new = _texts(row["before"]), _texts(row["after"])
    parts = [PartChange(title, diff_words(old[name], new[name])) for name, title in TITLES.items()]
    title = new["title"] or old["title"]
    if row["state"] != "changed":
        parts = parts[1:]  # the heading has the title already
    return ClauseChange(row["key"], title, row["state"], tuple(part for part in parts if part.changed))


def _described(holder: Mapping[str, Any] | None) -> str:
    """The settings of a question or label as one line a setting."""
    if holder is None:
        return ""
    return "\n".join(f"{name}: {_plain(value)}" for name, value in holder.items() if name not in {"name", "value"})


def compare(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], old: LabelSchema, new: LabelSchema
) -> Comparison:
    """What a page shows of the change: changed clauses with their changed parts, changed questions and labels."""
    rows = diff_clauses(before, after)
    clauses = tuple(_clause(row) for row in rows if row["state"] != "same")
    labels = tuple(
        LabelChange(
            row["question"], row["label"] or None, row["state"],
            diff_words(_described(row["before"]), _described(row["after"])),
        )
        for row in diff_labels(old, new)
        if row["state"] != "same"
    )  # fmt: skip
    return Comparison(clauses, labels, len(rows) - len(clauses))
