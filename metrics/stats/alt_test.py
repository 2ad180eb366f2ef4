"""The alternative annotator test: may a model take the place of an annotator?

Calderon, N., Reichart, R. & Dror, R. (2025), The Alternative Annotator Test for LLM-as-a-Judge: How to Statistically
Justify Replacing Human Annotators with LLMs, ACL 2025, 16051-16081. One annotator j at a time is left out. On each
item that j, the model and at least one other person answered, both are held against the other people: whoever lies at
least as close to them on average wins the item, and on a tie both do. With rho_f the share of items that the model
wins, rho_h the share that j wins, the hypothesis rho_f <= rho_h - epsilon is tested by a paired t-test over items, by
Wilcoxon's signed ranks below 30 items. Over all annotators the false discovery rate is controlled after Benjamini &
Yekutieli (2001), Ann. Stat. 29:1165-1188, since the tests share their data. The model passes where it takes the place
of at least half of the annotators: the winning rate omega >= .5.

Only the order of two closenesses counts, so any distance may measure them; here it is the one of the question's alpha,
or one less the likeness of two answers where answers are sets, orders, marks or texts. (The negative root mean square
of the paper orders as the mean square does.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

from metrics.stats.alpha import distance, midranks
from metrics.stats.likeness import pair_measure
from metrics.stats.patterns import FloatArray, IntArray, Level, Value, is_numeric
from metrics.stats.table import OPT_OUT, AnswerTable, Codes, distinct_keys

LEAST_ITEMS: Final = 30
"""Below it the mean over items is not near enough to normal for a t-test (Calderon et al. 2025, sec. 3)."""
LEAST_ANNOTATORS: Final = 3
"""With two, each is held against the other alone, and there is no group to represent (ibid.)."""
PASSING: Final = 0.5
FALSE_DISCOVERIES: Final = 0.05
SAME: Final = 1e-9
"""Sums of distances that differ by less, in relation to their size, are a tie that was rounded apart."""
EPSILONS: Final = {"experts": 0.2, "skilled": 0.15, "crowd": 0.1}
"""What the paper recommends for experts, skilled annotators and crowd workers: the dearer a person, the larger."""
ASSUMPTIONS: Final = (
    "The items are a fair draw from those that the model shall label, not picked because they were easy or disputed.",
    "Each item is a draw of its own. Where items come from one document, the test is too sure of itself.",
    "The model has not seen these answers: it was not trained, tuned or given examples from these items.",
    "People answered on their own, without seeing the model’s answers or each other’s; only such answers are used.",
    "The people are good enough to be the measure: a model that shares their mistakes wins, right or wrong.",
    "Ties count for both sides, so items on which all agree favour neither.",
    "Epsilon is a choice, not a finding: how much less often the model may be the closer one because it is cheaper.",
    "Epsilon was fixed, with its reason, before anybody saw the result.",
    "“No” means that the test did not show it. That is no proof that the model is worse.",
)
Test = Literal["t", "wilcoxon"]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Duels:
    """The items of each annotator: row k says whether the model, and whether the annotator, won one. Ties: both."""

    annotator: Codes
    model: BoolArray
    person: BoolArray
    n_items: int
    """Different items that are compared at all."""


@dataclass(frozen=True)
class Comparison:
    """The model against one annotator. `p_value` is None where the annotator has too few items to be tested."""

    annotator: int
    n: int
    model: float
    """rho_f."""
    person: float
    """rho_h."""
    p_value: float | None = None
    adjusted: float | None = None
    test: Test | None = None
    replaces: bool = False
    items_needed: int | None = None
    """At about how many items the model would take this one's place, if the shares stay; None where it does, or where
    the shares themselves do not allow it."""

    @property
    def difference(self) -> float:
        """rho_h - rho_f: below epsilon where the model is good enough."""
        return self.person - self.model


@dataclass(frozen=True)
class AltTest:
    """The verdict: `passes` None where fewer than `least_annotators` could be tested."""

    comparisons: tuple[Comparison, ...]
    epsilon: float
    q: float
    n_items: int
    n_tested: int
    winning_rate: float | None
    """omega."""
    advantage: float | None
    """rho, the mean of rho_f: how often the model is at least as close as a person drawn at random."""
    passes: bool | None


def duels(table: AnswerTable, model: int, level: Level, categories: Sequence[Value] | None = None) -> Duels:
    """Hold the model and each person against the other people, item by item.

    `table` holds the answers of people and of the model, whose code is `model`; a unit is an item. `categories` are the
    declared values in their order, needed by ordinal scales alone. Opt-outs count nowhere.
    """
    answered, is_model = table.value != OPT_OUT, table.annotator == model
    proposed = np.full(table.n_units, OPT_OUT, dtype=np.int32)
    proposed[table.unit[answered & is_model]] = table.value[answered & is_model]
    sizes = np.bincount(table.unit[answered & ~is_model], minlength=table.n_units)
    shared = (proposed != OPT_OUT) & (sizes >= 2)
    people, proposed = table.where(answered & ~is_model & shared[table.unit]), proposed[shared]
    row, other, number = others_of(people)
    measure = _Distances(people, level, categories)
    n = people.unit.size
    mine = np.bincount(row, weights=number * measure(people.value[row], other), minlength=n)
    models = np.bincount(row, weights=number * measure(proposed[people.unit[row]], other), minlength=n)
    rounding = SAME * np.maximum(mine, models)
    return Duels(people.annotator, models <= mine + rounding, mine <= models + rounding, people.n_units)


def others_of(table: AnswerTable) -> tuple[IntArray, Codes, IntArray]:
    """Each answer with each different value that others of its unit gave: its place, their value, how many they are."""
    contents = table.contents
    content = contents.of_unit[table.unit]
    sizes = np.diff(contents.starts)[content]
    row = np.repeat(np.arange(table.unit.size, dtype=np.int64), sizes)
    slot = contents.starts[content][row] + np.arange(row.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    value = contents.columns[slot].astype(np.int32)
    number = contents.entries[slot] - (value == table.value[row])
    there = number > 0
    return row[there], value[there], number[there]


class _Distances:
    """Distances between codes of values; each pair of values is measured once."""

    def __init__(self, people: AnswerTable, level: Level, categories: Sequence[Value] | None) -> None:
        self._values = people.values
        self._level = level
        self._measure = pair_measure(level)
        self._numbers = _numbers(people, level, categories)

    def __call__(self, left: Codes, right: Codes) -> FloatArray:
        if self._measure is None:
            return distance(self._level, self._numbers[left], self._numbers[right])
        n = len(self._values)
        low, high = np.minimum(left, right).astype(np.int64), np.maximum(left, right)
        pairs, pair = distinct_keys(low * n + high, n * n)
        found = [
            0.0 if a == b else 1 - self._measure(self._values[a], self._values[b])
            for a, b in zip((pairs // n).tolist(), (pairs % n).tolist(), strict=True)
        ]
        return np.asarray(found, dtype=np.float64)[pair]


def _numbers(people: AnswerTable, level: Level, categories: Sequence[Value] | None) -> FloatArray:
    """A number for each code on which the distance of the level works; the ordinal one by people's answers."""
    if is_numeric(level):
        return np.asarray(people.values, dtype=np.float64)
    if level != "ordinal":
        return np.arange(len(people.values), dtype=np.float64)
    known = list(categories or ())
    order = [*known, *(value for value in people.values if value not in set(known))]
    place = {value: index for index, value in enumerate(order)}
    at = np.asarray([place[value] for value in people.values], dtype=np.int64)
    used = np.bincount(people.value, minlength=len(people.values))
    marginals = np.bincount(at, weights=used, minlength=len(order)).astype(np.float64)
    return midranks(marginals)[at]


def alternative_annotator_test(
    found: Duels, *, epsilon: float, q: float = FALSE_DISCOVERIES, least_items: int = LEAST_ITEMS,
    least_annotators: int = LEAST_ANNOTATORS,
) -> AltTest:  # fmt: skip
    """The test over all annotators with at least `least_items` items (Calderon et al. 2025).

    Raises ValueError where epsilon is no share from 0 to below 1.
    """
    if not 0 <= epsilon < 1:
        raise ValueError("Epsilon is a share from 0 to below 1.")
    everybody = _counted(found)
    tested = [duel for duel in everybody if duel.n >= max(2, least_items)]
    p_values = np.asarray([_p_value(duel, epsilon) for duel in tested])
    adjusted = benjamini_yekutieli(p_values)
    level = _typical_level(q, len(tested))
    judged = {
        duel.annotator: duel.judged(float(p), float(corrected), q, epsilon, level)
        for duel, p, corrected in zip(tested, p_values, adjusted, strict=True)
    }
    comparisons = tuple(judged.get(duel.annotator) or duel.untested() for duel in everybody)
    enough = len(tested) >= max(1, least_annotators)
    won = [judged[duel.annotator].replaces for duel in tested]
    omega = float(np.mean(won)) if enough else None
    return AltTest(
        comparisons=comparisons,
        epsilon=epsilon,
        q=q,
        n_items=found.n_items,
        n_tested=len(tested),
        winning_rate=omega,
        advantage=float(np.mean([judged[duel.annotator].model for duel in tested])) if enough else None,
        passes=None if omega is None else omega >= PASSING,
    )


@dataclass(frozen=True)
class _Duel:
    """One annotator's items counted: won by the model alone, by the person alone, by both."""

    annotator: int
    n: int
    model_only: int
    person_only: int

    @property
    def mean(self) -> float:
        """Of d = W_h - W_f, which is 1, -1 or 0."""
        return (self.person_only - self.model_only) / self.n

    @property
    def deviation(self) -> float:
        total = self.person_only + self.model_only - self.n * self.mean**2
        return float(np.sqrt(max(0.0, total) / (self.n - 1)))

    def untested(self) -> Comparison:
        return Comparison(self.annotator, self.n, 1 - self.person_only / self.n, 1 - self.model_only / self.n)

    def judged(self, p: float, adjusted: float, q: float, epsilon: float, level: float) -> Comparison:
        replaces = adjusted <= q
        return Comparison(
            self.annotator, self.n, 1 - self.person_only / self.n, 1 - self.model_only / self.n, p, adjusted,
            "t" if self.n >= LEAST_ITEMS else "wilcoxon", replaces,
            None if replaces else self._items_needed(epsilon, level),
        )  # fmt: skip

    def _items_needed(self, epsilon: float, level: float) -> int | None:
        gap = epsilon - self.mean
        if gap <= 0 or self.deviation == 0:
            return None
        return max(self.n + 1, int(np.ceil((ndtri(1 - level) * self.deviation / gap) ** 2)))


def _counted(found: Duels) -> list[_Duel]:
    """Everybody with an item, by their codes."""
    most = int(found.annotator.max()) + 1 if found.annotator.size else 0
    n, model_only, person_only = (
        np.bincount(found.annotator[rows], minlength=most).tolist()
        for rows in (np.ones_like(found.model), found.model & ~found.person, found.person & ~found.model)
    )
    return [_Duel(who, n[who], model_only[who], person_only[who]) for who in range(most) if n[who]]


def _p_value(duel: _Duel, epsilon: float) -> float:
    """One-sided: how likely so small a mean of d would be if it were epsilon (Student 1908; Wilcoxon 1945)."""
    if duel.n < LEAST_ITEMS:
        return _signed_ranks(duel, epsilon)
    if duel.deviation == 0:
        return 0.0 if duel.mean < epsilon else 1.0
    return float(stdtr(duel.n - 1, (duel.mean - epsilon) / (duel.deviation / np.sqrt(duel.n))))


def _signed_ranks(duel: _Duel, epsilon: float) -> float:
    from scipy.stats import wilcoxon  # only few items need it, and it costs a process a second

    ties = duel.n - duel.model_only - duel.person_only
    d = np.repeat([-1.0, 0.0, 1.0], [duel.model_only, ties, duel.person_only]) - epsilon
    if not d.any():
        return 1.0
    return float(wilcoxon(d, alternative="less").pvalue)


def benjamini_yekutieli(p_values: FloatArray) -> FloatArray:
    """P-values adjusted for the false discovery rate under any dependence (Benjamini & Yekutieli 2001)."""
    m = p_values.size
    if not m:
        return p_values
    order = np.argsort(p_values)
    scaled = p_values[order] * m * (1 / np.arange(1, m + 1)).sum() / np.arange(1, m + 1)
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return adjusted


def _typical_level(q: float, m: int) -> float:
    """The level that an annotator must meet where half of all meet theirs: what planning goes by."""
    if not m:
        return q
    return q * ceil(PASSING * m) / m / float((1 / np.arange(1, m + 1)).sum())
