"""Rankings: agreement over pairs of options, and the two classic coefficients of rank correlation.

A ranking is a list of groups, best first, whose options are tied; options may be left out. For alpha each pair
of options that an annotator ranked is a unit of its own, with the value "<", "=" or ">" on an ordinal scale.
Kendall & Babington Smith (1939), Ann. Math. Stat. 10:275-287, and Kendall & Gibbons (1990), Rank Correlation
Methods, 5th ed.: W with the correction for ties, tau-b.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import sqrt
from typing import Final

from metrics.stats.patterns import UnknownValueError, Value

ORDER: Final[tuple[str, ...]] = ("<", "=", ">")
"""First option better, tied, second option better."""
Places = Mapping[str, int]
"""Option -> the place of its group, 0 for the best."""


def places_of(key: Value) -> dict[str, int]:
    """A ranking written as JSON."""
    try:
        groups = json.loads(str(key))
        return {str(option): place for place, group in enumerate(groups) for option in group}
    except (ValueError, TypeError) as error:
        raise UnknownValueError(f"{key!r} is no ranking.") from error


def relation(places: Places, a: str, b: str) -> str:
    """How a stands to b."""
    return ORDER[(places[a] > places[b]) - (places[a] < places[b]) + 1]


def pair_units(rankings: Sequence[Places]) -> Iterator[Counter[str]]:
    """Of each pair of options how often it was ranked in which order; pairs of one ranking alone are left out."""
    pairs: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for places in rankings:
        for a, b in combinations(sorted(places), 2):
            pairs[a, b][relation(places, a, b)] += 1
    for pair in sorted(pairs):
        if pairs[pair].total() >= 2:
            yield pairs[pair]


def tau_b(left: Places, right: Places) -> float | None:
    """Kendall's tau-b over the options both rank (Kendall & Gibbons 1990, ch. 3); None where one ties all of them."""
    common = sorted(left.keys() & right.keys())
    concordant = 0
    untied_left = untied_right = 0
    for a, b in combinations(common, 2):
        x = (left[a] > left[b]) - (left[a] < left[b])
        y = (right[a] > right[b]) - (right[a] < right[b])
        concordant += x * y
        untied_left += x != 0
        untied_right += y != 0
    if not untied_left or not untied_right:
        return None
    return concordant / sqrt(untied_left * untied_right)


def kendall_w(rankings: Sequence[Places]) -> float | None:
    """Kendall's W with ties (Kendall & Gibbons 1990, ch. 6): 12 S / (m^2 (n^3 - n) - m T).

    None unless at least two rankings order the same two or more options and some of them orders at all.
    """
    m = len(rankings)
    options = rankings[0].keys() if rankings else ()
    n = len(options)
    if m < 2 or n < 2 or any(places.keys() != options for places in rankings):
        return None
    totals = dict.fromkeys(options, 0.0)
    ties = 0
    for places in rankings:
        ranks = midranks_of(places)
        ties += sum(size**3 - size for size in Counter(places.values()).values())
        for option, rank in ranks.items():
            totals[option] += rank
    mean = m * (n + 1) / 2
    spread = sum((total - mean) ** 2 for total in totals.values())
    most = m * m * (n**3 - n) - m * ties
    return 12 * spread / most if most > 0 else None


def midranks_of(places: Places) -> dict[str, float]:
    """Ranks 1..n, tied options sharing the mean of theirs."""
    before, ranks = 0, {}
    sizes = Counter(places.values())
    for place in sorted(sizes):
        rank = before + (sizes[place] + 1) / 2
        ranks.update({option: rank for option, p in places.items() if p == place})
        before += sizes[place]
    return ranks
