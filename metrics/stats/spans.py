"""Marked passages of a text.

Agreement is measured twice. Chance-corrected: every character (or word) of the text is a unit, its value the set
of labels that cover it, so alpha is nominal over characters and the documents are what is resampled. Without
chance correction: F1 of the spans of two annotators, exact or by overlap, counts summed over all pairs of
annotators of all documents (Hripcsak & Rothschild 2005, JAMIA 12:296-298).

A value is the key of what one annotator marked: the spans with the length of the text, by characters and by words.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, Literal

from metrics.stats.patterns import UnknownValueError, Value
from metrics.stats.sets import set_key

Span = tuple[int, int, str]
"""Start, end (exclusive), label."""
Grain = Literal["spans", "tokens"]
NOTHING: Final = "[]"
"""The value of a character that nobody's span covers."""
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Marked:
    """What one annotator marked, on a line of `length` characters or words."""

    length: int
    spans: tuple[Span, ...]


def span_key(spans: Iterable[Mapping[str, Any]], text: str) -> str:
    """The key of an answer `[{start, end, label}]` on its text."""
    found = sorted({(int(span["start"]), int(span["end"]), str(span["label"])) for span in spans})
    words = [match.span() for match in _WORD.finditer(text)] if found else []
    n_words = len(words) if found else sum(1 for _ in _WORD.finditer(text))
    covered = sorted({_in_words(span, words) for span in found} - {None}, key=str)
    by_word = sorted(span for span in covered if span is not None)
    length = max([len(text), *(end for _, end, _ in found)])
    whole = {"length": length, "spans": found, "words": n_words, "by_word": by_word}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _in_words(span: Span, words: Sequence[tuple[int, int]]) -> Span | None:
    """The words that a span touches."""
    start, end, label = span
    touched = [place for place, (first, last) in enumerate(words) if first < end and last > start]
    return (touched[0], touched[-1] + 1, label) if touched else None


@lru_cache(maxsize=20_000)
def marked(key: Value, grain: Grain = "spans") -> Marked:
    """The spans of a key, by characters or by words."""
    try:
        whole = json.loads(str(key))
        length, spans = (whole["length"], whole["spans"]) if grain == "spans" else (whole["words"], whole["by_word"])
        return Marked(int(length), tuple((int(start), int(end), str(label)) for start, end, label in spans))
    except (ValueError, TypeError, KeyError) as error:
        raise UnknownValueError(f"{key!r} is no key of spans.") from error


def stretches(answers: Sequence[Marked]) -> Iterator[tuple[Counter[str], int]]:
    """(values, length) of each stretch of the text on which nobody's labels change; together the whole text."""
    length = max((answer.length for answer in answers), default=0)
    cuts = {0, length}
    for answer in answers:
        for start, end, _ in answer.spans:
            cuts |= {min(start, length), min(end, length)}
    edges = sorted(cuts)
    for first, last in pairwise(edges):
        yield Counter(_labels_at(answer, first, last) for answer in answers), last - first


def _labels_at(answer: Marked, first: int, last: int) -> str:
    return set_key(label for start, end, label in answer.spans if start <= first and end >= last)


@dataclass(frozen=True)
class Overlap:
    """Two annotators on one document: how many spans of both are matched, and how many there are."""

    exact: int
    overlapping: int
    total: int

    def __add__(self, other: "Overlap") -> "Overlap":
        return Overlap(self.exact + other.exact, self.overlapping + other.overlapping, self.total + other.total)


def compare(left: Marked, right: Marked, label: str | None = None) -> Overlap:
    """Spans of both sides that the other has too, exactly or by any overlap under the same label."""
    a = {span for span in left.spans if label is None or span[2] == label}
    b = {span for span in right.spans if label is None or span[2] == label}
    touching = sum(_touched(span, b) for span in a) + sum(_touched(span, a) for span in b)
    return Overlap(2 * len(a & b), touching, len(a) + len(b))


def _touched(span: Span, others: Iterable[Span]) -> bool:
    start, end, label = span
    return any(label == other and start < last and end > first for first, last, other in others)
