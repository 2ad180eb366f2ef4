"""One annotator twice on the same unit: how far somebody agrees with himself.

Krippendorff (2019), Content Analysis, 4th ed., ch. 11, calls it stability, the weakest form of reliability: it says
nothing of others, yet nobody can agree with others better than with himself. The figure is the same alpha as
everywhere, over units of two answers of one person.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from metrics.stats.alpha import AlphaResult, alpha
from metrics.stats.bootstrap import DEFAULT_REPLICATES, Interval, bootstrap_alpha
from metrics.stats.patterns import Level, Patterns, Value
from metrics.stats.shares import Share, wilson


@dataclass(frozen=True)
class Repeats:
    """Alpha of earlier against later answers with its interval, and the share that is the same."""

    alpha: AlphaResult
    interval: Interval
    same: Share


def repeats(
    pairs: Iterable[tuple[Value, Value]], level: Level, categories: Sequence[Value] | None = None, *, seed: int = 0,
    replicates: int = DEFAULT_REPLICATES,
) -> Repeats:  # fmt: skip
    """From (earlier, later) answers of one person to the same unit. Of three answers there are two such pairs.

    Without `categories` the values that occur are taken, in order.
    """
    given = list(pairs)
    known = sorted({value for pair in given for value in pair}, key=str) if categories is None else categories
    patterns = Patterns.from_units([Counter(pair) for pair in given], known, level)
    same = sum(earlier == later for earlier, later in given)
    return Repeats(alpha(patterns, level), bootstrap_alpha(patterns, level, replicates, seed), wilson(same, len(given)))
