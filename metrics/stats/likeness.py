"""How alike two answers are, from 0 to 1: what a chart of one annotator shows, where nothing corrects for chance."""

from collections.abc import Callable
from functools import partial

from metrics.stats import boxes, spans
from metrics.stats.distances import text_distance
from metrics.stats.patterns import Level, Value
from metrics.stats.rankings import places_of, tau_b
from metrics.stats.sets import SetLevel, is_set, labels_in, set_distance

Likeness = Callable[[Value, Value], float]


def pair_measure(level: Level) -> Likeness | None:
    """The likeness of a level; None where answers are equal or not. Numbers have none: they differ by a number.

    Sets by MASI or Jaccard (Passonneau 2006), rankings by Kendall's tau-b moved to 0 to 1, spans and boxes by F1,
    texts by word edits. Two answers that both hold nothing are alike.
    """
    if is_set(level):
        return partial(sets_alike, "masi" if level == "masi" else "jaccard")
    measures: dict[Level, Likeness] = {
        "ranking": _rankings, "spans": spans_alike, "tokens": spans_alike, "boxes": _boxes, "token_edit": texts_alike,
    }  # fmt: skip
    return measures.get(level)


def sets_alike(level: SetLevel, left: Value, right: Value) -> float:
    """1 - MASI or Jaccard distance (Passonneau 2006)."""
    return 1 - set_distance(level, labels_in(left), labels_in(right))


def _rankings(left: Value, right: Value) -> float:
    tau = tau_b(places_of(left), places_of(right))
    return float(left == right) if tau is None else (tau + 1) / 2


def spans_alike(left: Value, right: Value) -> float:
    """Exact F1 of two annotators' passages (Hripcsak & Rothschild 2005); 1 where neither marked any."""
    found = spans.compare(spans.marked(left), spans.marked(right))
    return found.exact / found.total if found.total else 1.0


def _boxes(left: Value, right: Value) -> float:
    f1 = boxes.compare(boxes.drawn(left), boxes.drawn(right)).f1
    return 1.0 if f1 is None else f1


def texts_alike(left: Value, right: Value) -> float:
    """1 - edits of words over the longer length (Levenshtein 1966)."""
    return 1 - text_distance(left, right)
