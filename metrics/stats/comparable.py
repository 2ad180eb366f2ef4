"""May the agreement of two versions be compared as that of different units? Only where nothing else differs.

An unpaired difference says something about a guideline only if both sides are random draws of one frame, answered by
one pool of people, whose labels are as common on both sides. Otherwise it measures the items, the people or the
labels' shares: items chosen for their disagreement regress to the mean (Galton 1886), which looks like an improvement
although nothing has changed, and alpha rises with the expected disagreement alone (Krippendorff 2019, ch. 12).

The limits are conventions of ours. They are wide, so that what they refuse is plainly something else, and a shift of
labels must also be larger than chance makes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final, Literal

import numpy as np
from scipy.stats import chi2

Objection = Literal["other_items", "other_people", "unknown_people", "other_labels", "other_spread"]

LEAST_IN_COMMON: Final = 0.8
"""The share of either side's units that must come from frames, or of its answers from people, that both sides have."""
MOST_SHIFT: Final = 0.10
"""How far the labels' shares, or the expected disagreement relative to itself, may move."""
SIGNIFICANCE: Final = 0.05


@dataclass(frozen=True)
class Side:
    """What the alpha of one version rests on.

    `frames` counts the units drawn from each frame, such as a batch; `people` the answers of each annotator, None
    where annotators are not known as persons; `labels` the answers of each label, None where answers are no labels;
    `expected` is D_e, None where it is undefined.
    """

    n_units: int
    frames: Mapping[Any, int]
    people: Mapping[Any, int] | None
    labels: Mapping[Any, int] | None
    expected: float | None


def in_common(before: Mapping[Any, int], after: Mapping[Any, int]) -> float:
    """The smaller of the two shares of a side that belong to keys which both sides have; 0 where a side is empty."""
    both = {key for key in before.keys() & after.keys() if before[key] > 0 and after[key] > 0}
    shares = [
        sum(side[key] for key in both) / total if (total := sum(side.values())) > 0 else 0.0 for side in (before, after)
    ]
    return min(shares)


def objections(before: Side, after: Side) -> tuple[Objection, ...]:
    """Why a difference between the sides would not be one between versions; empty where nothing speaks against it."""
    found: list[Objection] = []
    if in_common(before.frames, after.frames) < LEAST_IN_COMMON:
        found.append("other_items")
    if before.people is None or after.people is None:
        found.append("unknown_people")
    elif in_common(before.people, after.people) < LEAST_IN_COMMON:
        found.append("other_people")
    if before.labels is not None and after.labels is not None:
        if labels_shifted(before.labels, after.labels, before.n_units, after.n_units):
            found.append("other_labels")
    elif spread_shifted(before, after):
        found.append("other_spread")
    return tuple(found)


def labels_shifted(before: Mapping[Any, int], after: Mapping[Any, int], n_before: int, n_after: int) -> bool:
    """Whether the labels' shares differ by more than the limit, and by more than chance (Pearson's chi-square).

    The answers to one unit are not independent, so the test counts units instead of answers: shares times units.
    Differing is half the sum of absolute differences, or the relative change of 1 - sum of squared shares.
    """
    labels = sorted(before.keys() | after.keys(), key=str)
    sides = [np.asarray([side.get(label, 0) for label in labels], dtype=np.float64) for side in (before, after)]
    if any(side.sum() == 0 for side in sides):
        return False
    first, second = (side / side.sum() for side in sides)
    moved = float(np.abs(first - second).sum() / 2)
    chance = [1 - float((shares**2).sum()) for shares in (first, second)]
    if moved <= MOST_SHIFT and abs(chance[1] - chance[0]) <= MOST_SHIFT * max(chance):
        return False
    together = (first * n_before + second * n_after) / (n_before + n_after)
    used = together > 0
    statistic = sum(
        n * float(((shares[used] - together[used]) ** 2 / together[used]).sum())
        for n, shares in ((n_before, first), (n_after, second))
    )
    return float(chi2.sf(statistic, max(1, int(used.sum()) - 1))) < SIGNIFICANCE


def spread_shifted(before: Side, after: Side) -> bool:
    """Whether the expected disagreement of numbers, sets, marks or texts moved by more than the limit and chance.

    Relative to itself the mean squared difference of n units has a standard error of about sqrt(2 / n), that of
    normal values; twice the error of the difference is left to chance.
    """
    if not before.expected or not after.expected or before.n_units == 0 or after.n_units == 0:
        return False
    moved = abs(after.expected - before.expected) / before.expected
    return moved > max(MOST_SHIFT, 2 * sqrt(2 / before.n_units + 2 / after.n_units))
