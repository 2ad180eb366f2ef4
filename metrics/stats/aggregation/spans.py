"""Marked passages: each character is decided by the majority, label by label, then passages are cut anew.

Passages of one label that touch become one; a boundary between them is seen only where the characters of both are
separated. `confidence` is the share of annotators who agree on a character, in the mean over the characters and
labels that anybody marked.
"""

from collections import defaultdict
from collections.abc import Sequence

from metrics.stats.aggregation.answers import Answers, written
from metrics.stats.aggregation.result import Aggregate
from metrics.stats.aggregation.sets import shares_of
from metrics.stats.aggregation.whole import Found, Tally, per_content
from metrics.stats.patterns import Value
from metrics.stats.sets import labels_in
from metrics.stats.spans import Span, marked, stretches


def span_majority(answers: Answers, *, half: str = "tie") -> Aggregate:
    """The characters that more than half of the annotators marked with a label. Characters of exactly half leave the
    unit tied between the passages without and with them, unless `half` says to "keep" or to "drop" them."""
    return per_content("span_majority", answers, lambda given: _decided(given, half))


def _decided(given: Sequence[Value], half: str) -> Found:
    plain, full, tally, place = defaultdict[str, list[Span]](list), defaultdict[str, list[Span]](list), Tally(), 0
    for values, length in stretches([marked(value) for value in given]):
        votes = defaultdict[str, int](int)
        for key, count in values.items():
            for label in labels_in(key):
                votes[label] += count
        for label, number in sorted(votes.items()):
            stands, may = tally.decide(number, len(given), half, length)
            for kept, spans in ((stands, plain), (may, full)):
                if kept:
                    _add(spans[label], place, place + length, label)
        place += length
    values_ = (_answer(plain), _answer(full)) if tally.open else (_answer(plain),)
    weights = tuple((_answer_of(value), share) for value, share in shares_of(given))
    return Found(values_, tally.confidence, weights)


def _add(spans: list[Span], start: int, end: int, label: str) -> None:
    """Longer where the last one ends here."""
    if spans and spans[-1][1] == start:
        start = spans.pop()[0]
    spans.append((start, end, label))


def _answer(spans: dict[str, list[Span]]) -> str:
    return span_answer(sorted(span for found in spans.values() for span in found))


def span_answer(spans: Sequence[Span]) -> str:
    """Passages as the answer that an annotator would have given."""
    return written([{"start": start, "end": end, "label": label} for start, end, label in spans])


def _answer_of(key: Value) -> str:
    return span_answer(sorted(marked(key).spans))
