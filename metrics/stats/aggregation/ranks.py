"""Rankings: the order of the mean places.

Borda (1781): each option gets, from each annotator who ranked it, the share of the other options it was placed above,
ties counting half; the mean over annotators orders the options. With complete rankings that is the order of the mean
ranks (Kendall & Gibbons 1990). Computed in fractions, so that equal is equal.
"""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, groupby

from metrics.stats.aggregation.answers import Answers, written
from metrics.stats.aggregation.result import Aggregate
from metrics.stats.aggregation.sets import shares_of
from metrics.stats.aggregation.whole import Found, per_content
from metrics.stats.patterns import Value
from metrics.stats.rankings import Places, midranks_of, places_of, relation


def mean_rank(answers: Answers) -> Aggregate:
    """Options in the order of their mean scores, equal ones together in a group. The unit is tied where two options
    come out equal though fewer than half of those who ranked both placed them together: their order is contested.

    `confidence` is the share of annotators who order two options in the same way, in the mean over all pairs.
    """
    return per_content("mean_rank", answers, _decided)


def _decided(given: Sequence[Value]) -> Found:
    rankings = [places_of(value) for value in given]
    scores = _scores(rankings)
    ordered = sorted(scores, key=lambda option: (-scores[option], option))
    groups = [sorted(group) for _, group in groupby(ordered, key=lambda option: scores[option])]
    merged = {option: place for place, group in enumerate(groups) for option in group}
    agreed, pairs, contested = 0.0, 0, False
    for a, b in combinations(sorted(merged), 2):
        both = [places for places in rankings if a in places and b in places]
        if both:
            same = sum(relation(places, a, b) == relation(merged, a, b) for places in both)
            agreed += same / len(both)
            pairs += 1
            contested |= merged[a] == merged[b] and 2 * same < len(both)
    answer = written(groups)
    return Found((answer, answer) if contested else (answer,), agreed / pairs if pairs else 1.0, shares_of(given))


def _scores(rankings: Sequence[Places]) -> dict[str, Fraction]:
    points = defaultdict[str, list[Fraction]](list)
    for places in rankings:
        for option, rank in midranks_of(places).items():
            above = Fraction(len(places)) - Fraction(rank)
            points[option].append(above / (len(places) - 1) if len(places) > 1 else Fraction(1, 2))
    return {option: sum(found, Fraction(0)) / len(found) for option, found in points.items()}
