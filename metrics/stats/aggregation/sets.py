"""Sets of labels: each label is a question of its own, decided by the majority.

Binary relevance (Tsoumakas & Katakis 2007, Int. J. Data Warehous. Min. 3(3):1-13): labels are decided one by one, so
that the set may be one that nobody gave, or one that the question does not allow; whoever stores it checks.
"""

from collections import Counter
from collections.abc import Sequence

from metrics.stats.aggregation.answers import Answers
from metrics.stats.aggregation.result import Aggregate
from metrics.stats.aggregation.whole import Found, Tally, per_content
from metrics.stats.patterns import Value
from metrics.stats.sets import labels_in, set_key


def per_label(answers: Answers, *, half: str = "tie") -> Aggregate:
    """The labels that more than half of the annotators gave. A label of exactly half leaves the unit tied between the
    set without and with all such labels, unless `half` says to "keep" or to "drop" it.

    `confidence` is the share of annotators who agree on a label, in the mean over the labels that anybody gave.
    """
    return per_content("per_label", answers, lambda given: _decided(given, half))


def _decided(given: Sequence[Value], half: str) -> Found:
    votes = Counter(label for value in given for label in set(labels_in(value)))
    tally, plain, full = Tally(), list[str](), list[str]()
    for label in sorted(votes):
        stands, may = tally.decide(votes[label], len(given), half)
        plain += [label] * stands
        full += [label] * may
    values = (set_key(plain), set_key(full)) if tally.open else (set_key(plain),)
    return Found(values, tally.confidence, shares_of(given))


def shares_of(given: Sequence[Value]) -> tuple[tuple[Value, float], ...]:
    """The share of each whole answer."""
    return tuple((value, count / len(given)) for value, count in Counter(given).items())
