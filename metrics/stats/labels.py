"""Per label: how well annotators agree on it, and with what they confuse it.

One-vs-rest alpha after Krippendorff (1980), who collapses the values to c and not c; specific agreement
after Cicchetti & Feinstein (1990) for any number of annotators; confusions are cells of the coincidence
matrix, symmetric because nobody's answer is the truth.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from metrics.stats.alpha import Undefined, coincidence
from metrics.stats.bootstrap import (
    DEFAULT_REPLICATES,
    Interval,
    draws,
    percentile_interval,
)
from metrics.stats.parts import PartedLevel, label_uses, take_apart, whole_units
from metrics.stats.patterns import FloatArray, Patterns, Value
from metrics.stats.sets import membership, set_key

MAX_CONFUSIONS = 50


@dataclass(frozen=True)
class LabelScore:
    """One label against all others. `n_values`: its pairable values, `n_items`: the units that hold one."""

    label: Value
    value: float | None
    undefined: Undefined | None
    interval: Interval
    specific_agreement: float | None
    n_values: int
    n_items: int


@dataclass(frozen=True)
class Confusion:
    """Two labels given to the same units; `a` stands before `b` in declared order.

    `count` is the coincidence mass o_ab + o_ba, `share` is count / n with its interval, and `excess` is the
    ratio of o_ab to what chance would give, n_a n_b / (n - 1).
    """

    a: Value
    b: Value
    count: float
    share: float
    interval: Interval
    excess: float


def label_scores(
    patterns: Patterns, replicates: int = DEFAULT_REPLICATES, seed: int = 0, labels: Sequence[str] | None = None
) -> tuple[LabelScore, ...]:
    """One-vs-rest alpha with interval and specific agreement of each label (Krippendorff 1980; Cicchetti &
    Feinstein 1990), in declared order, unused labels included.

    Where the values are sets, `labels` names the labels: each is then held or not held by every value.
    """
    names: Sequence[Value] = patterns.values if labels is None else labels
    holds = None if labels is None else membership(patterns.values, labels)[:, : len(labels)]
    point = _one_vs_rest(patterns, patterns.freq[np.newaxis, :].astype(np.float64), holds)
    values, specific = point[0][0], point[1][0]
    samples = np.full((replicates, len(names)), np.nan)
    if patterns.n_items:
        chunks = draws(patterns, replicates, seed, len(patterns.values))
        samples = np.concatenate([_one_vs_rest(patterns, chunk, holds)[0] for chunk in chunks])
    marginals, units = _spread(patterns, holds)
    reason: Undefined = "no_variation" if patterns.n_items else "no_pairable_units"
    return tuple(
        LabelScore(
            label=label,
            value=_number(values[c]),
            undefined=None if np.isfinite(values[c]) else reason,
            interval=percentile_interval(samples[:, c]),
            specific_agreement=_number(specific[c]),
            n_values=int(marginals[c]),
            n_items=int(units[c]),
        )
        for c, label in enumerate(names)
    )


def part_label_scores(
    patterns: Patterns,
    level: PartedLevel,
    labels: Sequence[str],
    replicates: int = DEFAULT_REPLICATES,
    seed: int = 0,
) -> tuple[LabelScore, ...]:
    """The same for spans and boxes: this label or not, over characters, words or objects, whole items resampled.

    `n_values` counts spans or boxes of the label, `n_items` the items that hold one.
    """
    parts = take_apart(patterns, level)
    small = parts.patterns
    holds = _held(small.values, level, labels)
    samples = np.full((replicates, len(labels)), np.nan)
    point = _one_vs_rest(small, small.freq[np.newaxis, :].astype(np.float64), holds)
    if patterns.n_items:
        chunks = draws(patterns, replicates, seed, max(len(small), len(small.values), 1))
        samples = np.concatenate([_one_vs_rest(small, chunk @ parts.matrix, holds)[0] for chunk in chunks])
    used, items = Counter[str](), Counter[str]()
    for unit, number in zip(whole_units(patterns), patterns.freq.tolist(), strict=True):
        mine = sum((_times(label_uses(level, value), count) for value, count in unit), Counter[str]())
        used += _times(mine, number)
        items += Counter(dict.fromkeys(mine, number))
    reason: Undefined = "no_variation" if patterns.n_items else "no_pairable_units"
    return tuple(
        LabelScore(
            label=label,
            value=_number(point[0][0][c]),
            undefined=None if np.isfinite(point[0][0][c]) else reason,
            interval=percentile_interval(samples[:, c]),
            specific_agreement=_number(point[1][0][c]),
            n_values=used[label],
            n_items=items[label],
        )
        for c, label in enumerate(labels)
    )


def _held(values: Sequence[Value], level: PartedLevel, labels: Sequence[str]) -> FloatArray:
    """Which part value holds which label."""
    if level == "boxes":
        return np.asarray([[value == label for label in labels] for value in values], dtype=np.float64).reshape(
            len(values), len(labels)
        )
    return membership(values, labels)[:, : len(labels)]


def _times(counts: Counter[str], number: int) -> Counter[str]:
    return Counter({label: count * number for label, count in counts.items()})


def _spread(patterns: Patterns, holds: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Of each label: its values, and the units that have one."""
    size = len(patterns.values) if holds is None else holds.shape[1]
    marginals, units = np.zeros(size), np.zeros(size)
    for rows, dense in patterns.blocks():
        counts = dense if holds is None else dense @ holds
        marginals += patterns.freq[rows] @ counts
        units += patterns.freq[rows] @ (counts > 0)
    return marginals, units


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _one_vs_rest(
    patterns: Patterns, weights: FloatArray, holds: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Alpha and specific agreement of each label, B x V, NaN where undefined.

    With the values collapsed to c and not c, D_o = 2 (n_c - o_cc) / n and D_e = 2 n_c (n - n_c) / (n (n -
    1)).
    """
    shape = (weights.shape[0], len(patterns.values) if holds is None else holds.shape[1])
    marginals, diagonal = np.zeros(shape), np.zeros(shape)
    for rows, dense in patterns.blocks():
        counts = dense if holds is None else dense @ holds
        own = counts * (counts - 1) / patterns.pair_divisor[rows, np.newaxis]
        marginals += weights[:, rows] @ counts
        diagonal += weights[:, rows] @ own
    n = (weights @ patterns.sizes.astype(np.float64))[:, np.newaxis]
    mixed = marginals * (n - marginals)
    missing = np.full(shape, np.nan)
    ratio = np.divide((marginals - diagonal) * (n - 1), mixed, out=missing.copy(), where=mixed > 0)
    specific = np.divide(diagonal, marginals, out=missing, where=marginals > 0)
    return np.asarray(1 - ratio, dtype=np.float64), np.asarray(specific, dtype=np.float64)


def confusions(
    patterns: Patterns, replicates: int = DEFAULT_REPLICATES, seed: int = 0, limit: int = MAX_CONFUSIONS
) -> tuple[Confusion, ...]:
    """The label pairs that share units, greatest coincidence mass first (coincidences: Krippendorff 2011).

    The intervals come from the same replicates as the alphas of the same seed. At most `limit` pairs are
    returned.
    """
    names = dict(enumerate(patterns.values))
    return _confusions(patterns, names, lambda width: draws(patterns, replicates, seed, width), limit)


def part_confusions(
    patterns: Patterns,
    level: PartedLevel,
    labels: Sequence[str],
    replicates: int = DEFAULT_REPLICATES,
    seed: int = 0,
) -> tuple[Confusion, ...]:
    """The same for spans and boxes: labels given to the same characters or objects, whole items resampled.

    Characters under several labels at once are left out; so is what only one side marked, which is no confusion
    of labels.
    """
    parts = take_apart(patterns, level)
    plain = {label if level == "boxes" else set_key([label]): label for label in labels}
    names = {place: plain[str(v)] for place, v in enumerate(parts.patterns.values) if v in plain}

    def weights(width: int) -> Iterator[FloatArray]:
        wide = max(width, len(parts.patterns), 1)
        return (chunk @ parts.matrix for chunk in draws(patterns, replicates, seed, wide))

    found = _confusions(parts.patterns, names, weights, MAX_CONFUSIONS)
    place = {label: index for index, label in enumerate(labels)}
    return tuple(
        pair if place[str(pair.a)] < place[str(pair.b)] else replace(pair, a=pair.b, b=pair.a) for pair in found
    )


def _confusions(
    patterns: Patterns, names: Mapping[int, Value], weights: Callable[[int], Iterator[FloatArray]], limit: int
) -> tuple[Confusion, ...]:
    matrix = coincidence(patterns)
    first, second = np.triu_indices(len(patterns.values), k=1)
    named = np.isin(first, list(names)) & np.isin(second, list(names))
    held = np.flatnonzero((matrix[first, second] > 0) & named)
    # Stable: equal masses stay in declared order.
    order = held[np.argsort(-matrix[first[held], second[held]], kind="stable")][:limit]
    pairs = [(int(first[i]), int(second[i])) for i in order]
    if not pairs:
        return ()
    n, marginals = patterns.n_annotations, patterns.marginals
    samples = _share_replicates(patterns, pairs, weights(len(pairs)))
    return tuple(
        Confusion(
            a=names[a],
            b=names[b],
            count=float(2 * matrix[a, b]),
            share=float(2 * matrix[a, b] / n),
            interval=percentile_interval(samples[:, position]),
            excess=float(matrix[a, b] * (n - 1) / (marginals[a] * marginals[b])),
        )
        for position, (a, b) in enumerate(pairs)
    )


def _share_replicates(patterns: Patterns, pairs: list[tuple[int, int]], weights: Iterator[FloatArray]) -> FloatArray:
    """(o_ab + o_ba) / n of each pair in each replicate."""
    mass = np.zeros((len(patterns), len(pairs)))
    for rows, dense in patterns.blocks():
        for position, (a, b) in enumerate(pairs):
            mass[rows, position] = 2 * dense[:, a] * dense[:, b] / patterns.pair_divisor[rows]
    sizes = patterns.sizes.astype(np.float64)
    return np.concatenate([(chunk @ mass) / (chunk @ sizes)[:, np.newaxis] for chunk in weights])
