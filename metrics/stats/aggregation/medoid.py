"""The answer in the middle: the given one that is most like all the others. Nothing is merged.

The medoid (Kaufman & Rousseeuw 1987): of several objects the one with the least mean dissimilarity to the others. For
rankings the dissimilarity is that of Kemeny & Snell (1962), so the medoid is Kemeny's ranking among those given.
"""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import combinations
from typing import Final

import numpy as np

from metrics.stats import likeness
from metrics.stats.aggregation.answers import Answers, CannotAggregate
from metrics.stats.aggregation.result import Aggregate
from metrics.stats.aggregation.sets import shares_of
from metrics.stats.aggregation.spans import span_answer
from metrics.stats.aggregation.whole import Found, per_content
from metrics.stats.boxes import compare as compare_boxes
from metrics.stats.boxes import drawn
from metrics.stats.distances import Known
from metrics.stats.patterns import Level, Value
from metrics.stats.rankings import places_of
from metrics.stats.spans import compare as compare_spans
from metrics.stats.spans import marked
from metrics.stats.texts import chrf

ALIKE: Final = 1e-9
"""Mean similarities closer than this are equal: sums of floats in another order."""


def span_overlap(left: Value, right: Value) -> float:
    """F1 by any overlap under the same label."""
    found = compare_spans(marked(left), marked(right))
    return found.overlapping / found.total if found.total else 1.0


def box_overlap(left: Value, right: Value) -> float:
    """2 sum IoU / boxes within labels (Braylan, Alonso & Lease 2022)."""
    return 1 - compare_boxes(drawn(left), drawn(right)).distance


def same_order(left: Value, right: Value) -> float:
    """1 - Kemeny distance over its greatest value, over the options that both rank; 1 where they share no pair."""
    a, b = places_of(left), places_of(right)
    apart, pairs = 0, 0
    for one, other in combinations(sorted(a.keys() & b.keys()), 2):
        signs = [(places[one] > places[other]) - (places[one] < places[other]) for places in (a, b)]
        apart += abs(signs[0] - signs[1])
        pairs += 1
    return 1 - apart / (2 * pairs) if pairs else 1.0


MEASURES: Final[dict[tuple[str, str], likeness.Likeness]] = {
    ("spans", "usual"): likeness.spans_alike,
    ("spans", "overlap"): span_overlap,
    ("token_edit", "usual"): likeness.texts_alike,
    ("token_edit", "chrf"): lambda left, right: chrf(str(left), str(right)),
    ("boxes", "usual"): box_overlap,
    ("ranking", "usual"): same_order,
    ("masi", "usual"): partial(likeness.sets_alike, "masi"),
}


def medoid(answers: Answers, *, measure: str = "usual") -> Aggregate:
    """`confidence` is the mean similarity of the answer to those of the other annotators, 1 where there are none.

    Answers that are equally central are a tie. Of texts that the measure finds the same (case, last punctuation) the
    spelling that most gave is taken, of equally common ones the first in the alphabet.
    """
    found = MEASURES.get((answers.level, measure))
    if found is None:
        raise CannotAggregate("unknown_setting", f"“{measure}” does not measure answers of this kind.")
    alike = Known(found)
    return per_content("medoid", answers, lambda given: _middle(given, alike, answers.level))


def _middle(given: Sequence[Value], measure: likeness.Likeness, level: Level) -> Found:
    counts = Counter(given)
    distinct = sorted(counts, key=str)
    numbers = np.asarray([counts[value] for value in distinct], dtype=np.float64)
    alike = np.eye(len(distinct))
    for i, j in combinations(range(len(distinct)), 2):
        alike[i, j] = alike[j, i] = measure(distinct[i], distinct[j])
    others = len(given) - 1
    central = (alike @ numbers - 1) / others if others else np.ones(1)
    leading = np.flatnonzero(central >= central.max() - ALIKE)
    if level == "token_edit" and len(leading) > 1 and alike[np.ix_(leading, leading)].min() >= 1 - ALIKE:
        leading = leading[[int(numbers[leading].argmax())]]
    values = tuple(_shown(distinct[place], level) for place in leading.tolist())
    weights = tuple((_shown(value, level), share) for value, share in shares_of(given))
    return Found(values if len(values) == 1 else (values[0], values[-1]), float(central.max()), weights)


def _shown(value: Value, level: Level) -> Value:
    return span_answer(sorted(marked(value).spans)) if level == "spans" else value
