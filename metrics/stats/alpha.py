"""Krippendorff's alpha, the primary coefficient.

Krippendorff, K. (2011), Computing Krippendorff's alpha-reliability; (2019) Content Analysis, 4th ed., ch. 12.
With n_uc values c among the m_u >= 2 values of unit u: o_ck = sum_u n_uc (n_uk - [c = k]) / (m_u - 1),
n_c = sum_k o_ck, n = sum_c n_c, and alpha = 1 - D_o / D_e where D_o = sum o_ck d(c,k) / n and
D_e = sum n_c n_k d(c,k) / (n (n - 1)). The distance d belongs to the level of the question.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeGuard

import krippendorff
import numpy as np

from metrics.stats.distances import cross_pairs, within_distances
from metrics.stats.parts import is_parted, take_apart
from metrics.stats.patterns import BLOCK_CELLS, FloatArray, IntArray, Level, Patterns, Value
from metrics.stats.sets import is_set, membership, set_distances

Undefined = Literal[
    "no_pairable_units",
    "no_variation",
    "no_expected_disagreement",
    "negative_values",
    "numeric_overflow",
    "nothing_to_compare",
]

PACKAGE_MAX_UNITS: Final = 200_000
PACKAGE_MAX_CELLS: Final = 25_000_000
"""The package holds several units x values x values arrays at once: this many cells are about 800 MB."""


class AlphaMismatchError(ArithmeticError):
    """The `krippendorff` package and this engine disagree on the same counts: no number may be published."""

    def __init__(self, ours: float, package: float) -> None:
        super().__init__(f"Alpha by the package is {package!r}, by the engine {ours!r}.")
        self.ours = ours
        self.package = package


@dataclass(frozen=True)
class AlphaResult:
    """Alpha with what it rests on. `value` is None exactly when `undefined` names a reason."""

    value: float | None
    undefined: Undefined | None
    n_items: int
    n_annotations: int
    observed: float | None
    expected: float | None


def midranks(marginals: FloatArray) -> FloatArray:
    """Ordinal coordinates r_c = sum_{g<c} n_g + n_c / 2, along the last axis.

    The ordinal distance (sum_{g=c..k} n_g - (n_c + n_k)/2)^2 of Krippendorff (2011) is (r_k - r_c)^2, so
    ordinal alpha is interval alpha on these coordinates; they move with the marginals of every replicate.
    """
    return np.asarray(np.cumsum(marginals, axis=-1) - marginals / 2.0, dtype=np.float64)


def coordinates(level: Level, values: tuple[Value, ...], marginals: FloatArray) -> FloatArray:
    """A number for each value on which the level's distance works; for sets a row that says which labels they hold."""
    if is_set(level):
        return membership(values)
    if level == "nominal":
        return np.arange(len(values), dtype=np.float64)
    if level == "ordinal":
        return midranks(marginals)
    return np.asarray(values, dtype=np.float64)


def distance(level: Level, left: FloatArray, right: FloatArray) -> FloatArray:
    """d(c,k) between coordinates that are numbers, element by element (Krippendorff 2011, section 3)."""
    if level == "nominal":
        return np.asarray(left != right, dtype=np.float64)
    if level != "ratio":
        return np.asarray((left - right) ** 2, dtype=np.float64)
    total = left + right
    quotient = np.divide(left - right, total, out=np.zeros(np.broadcast(left, right).shape), where=total != 0)
    return np.asarray(quotient**2, dtype=np.float64)


def distances(level: Level, left: FloatArray, right: FloatArray) -> FloatArray:
    """d(c,k) of every value of `left` to every value of `right`; what stands before the values is kept."""
    if level == "masi" or level == "jaccard":  # noqa: PLR1714  # told apart so that the type is known
        return set_distances(level, left, right)
    return distance(level, left[..., :, np.newaxis], right[..., np.newaxis, :])


def delta(level: Level, values: tuple[Value, ...], marginals: FloatArray | IntArray) -> FloatArray:
    """The V x V distance matrix (Krippendorff 2011). Ordinal distances need the marginals n_c."""
    x = coordinates(level, values, np.asarray(marginals, dtype=np.float64))
    return distances(level, x, x)


def coincidence(patterns: Patterns) -> FloatArray:
    """The V x V coincidence matrix o_ck (Krippendorff 2011): symmetric, rows sum to n_c, no truth assumed."""
    size = len(patterns.values)
    matrix = np.zeros((size, size))
    weights = patterns.freq / patterns.pair_divisor
    for rows, dense in patterns.blocks():
        weighted = dense * weights[rows, np.newaxis]
        matrix += weighted.T @ dense
        matrix[np.diag_indices(size)] -= weighted.sum(axis=0)
    return (matrix + matrix.T) / 2  # the product may round both halves differently


def within_disagreement(patterns: Patterns, level: Level, coords: FloatArray) -> FloatArray:
    """Per pattern: sum_ck n_uc n_uk d(c,k) / (m - 1), a unit's contribution to n D_o (Krippendorff 2011).

    Rows are handled in groups of equally many distinct values, so the cost follows what was answered, not V.
    """
    total = np.zeros(len(patterns))
    widths = np.diff(patterns.starts)
    for width in np.unique(widths[widths >= 2]):
        members = np.flatnonzero(widths == width)
        step = max(1, BLOCK_CELLS // (int(width) * max(int(width), coords[0].size)))
        for first in range(0, members.size, step):
            rows = members[first : first + step]
            slots = patterns.starts[rows][:, np.newaxis] + np.arange(width)
            x, count = coords[patterns.columns[slots]], patterns.entries[slots].astype(np.float64)
            d = distances(level, x, x)
            total[rows] = np.einsum("kc,kcd,kd->k", count, d, count)
    return total / patterns.pair_divisor


def cross_disagreement(level: Level, coords: FloatArray, marginals: FloatArray) -> FloatArray:
    """Per row of marginals (B x V): sum_ck n_c n_k d(c,k), which is n (n - 1) D_e (Krippendorff 2011).

    `coords` is V or B x V, and V x labels for sets. Nominal, ordinal and interval have closed forms; ratio and
    sets need their matrix, by blocks.
    """
    n = marginals.sum(axis=1)
    if level == "nominal":
        return np.asarray(n**2 - (marginals**2).sum(axis=1), dtype=np.float64)
    if level == "ratio" or is_set(level):
        total = np.zeros(marginals.shape[0])
        size = coords.shape[0]
        step = max(1, BLOCK_CELLS // max(1, size))
        for first in range(0, size, step):
            part = slice(first, first + step)
            d = distances(level, coords[part], coords)
            total += ((marginals @ d.T) * marginals[:, part]).sum(axis=1)
        return total
    first_moment = (marginals * coords).sum(axis=1)
    mean = np.divide(first_moment, n, out=np.zeros_like(n), where=n > 0)
    # Centred on each row's own mean the squares lose no digits, whatever offset the values carry.
    centred = np.broadcast_to(coords, marginals.shape) - mean[:, np.newaxis]
    first_moment = (marginals * centred).sum(axis=1)
    return np.asarray(2 * (n * (marginals * centred**2).sum(axis=1) - first_moment**2), dtype=np.float64)


def alpha(patterns: Patterns, level: Level) -> AlphaResult:
    """Krippendorff's alpha of the level (Krippendorff 2011; 2019, ch. 12), or the reason why none."""
    n_items, n = patterns.n_items, patterns.n_annotations
    if n_items == 0:
        return AlphaResult(None, "no_pairable_units", 0, 0, None, None)
    if is_parted(level):
        parts = take_apart(patterns, level)
        return of_wholes(alpha(parts.patterns, parts.level), patterns)
    if level == "token_edit":
        observed = float(patterns.freq @ within_distances(patterns)) / n
        return _result(observed, cross_pairs(patterns).expected, n_items, n)
    if level == "ratio" and bool((patterns.numbers() < 0).any()):
        return AlphaResult(None, "negative_values", n_items, n, None, None)
    if np.count_nonzero(patterns.marginals) < 2:
        return AlphaResult(None, "no_variation", n_items, n, 0.0, 0.0)
    marginals = patterns.marginals.astype(np.float64)
    coords = coordinates(level, patterns.values, marginals)
    with np.errstate(over="ignore", invalid="ignore"):
        observed = float(patterns.freq @ within_disagreement(patterns, level, coords)) / n
        expected = float(cross_disagreement(level, coords, marginals[np.newaxis, :])[0]) / (n * (n - 1))
    return _result(observed, expected, n_items, n)


def alpha_by(patterns: Patterns, distance_matrix: FloatArray) -> AlphaResult:
    """Nominal labels with a distance of one's own: used as given, not squared (Artstein & Poesio 2008, sec. 2.6)."""
    if patterns.n_items == 0:
        return AlphaResult(None, "no_pairable_units", 0, 0, None, None)
    n, marginals = patterns.n_annotations, patterns.marginals.astype(np.float64)
    observed = float((coincidence(patterns) * distance_matrix).sum()) / n
    expected = float(marginals @ distance_matrix @ marginals) / (n * (n - 1))
    return _result(observed, expected, patterns.n_items, n)


def of_wholes(result: AlphaResult, patterns: Patterns) -> AlphaResult:
    """Alpha of parts as that of the answers which they are parts of: items and answers are counted, not parts."""
    reason: Undefined | None = "nothing_to_compare" if result.undefined == "no_pairable_units" else result.undefined
    return replace(result, undefined=reason, n_items=patterns.n_items, n_annotations=patterns.n_annotations)


def disagreement(patterns: Patterns, level: Level) -> FloatArray:
    """Per pattern its contribution to n D_o on any level (Krippendorff 2019, ch. 12)."""
    if is_parted(level):
        parts = take_apart(patterns, level)
        return np.asarray(parts.matrix @ disagreement(parts.patterns, parts.level), dtype=np.float64)
    if level == "token_edit":
        return within_distances(patterns)
    return within_disagreement(
        patterns, level, coordinates(level, patterns.values, patterns.marginals.astype(np.float64))
    )


def alpha_of_coincidence(matrix: FloatArray, values: tuple[Value, ...], level: Level, n_items: int) -> AlphaResult:
    """Alpha of a symmetric coincidence matrix, whole or partial (Krippendorff 2019, ch. 12.3)."""
    marginals = matrix.sum(axis=1)
    n = float(marginals.sum())
    n_annotations = round(n)
    if n_items == 0 or n <= 1:
        return AlphaResult(None, "no_pairable_units", n_items, n_annotations, None, None)
    if np.count_nonzero(marginals) < 2:
        return AlphaResult(None, "no_variation", n_items, n_annotations, 0.0, 0.0)
    coords = coordinates(level, values, marginals)
    if level == "ratio" and bool((coords < 0).any()):
        return AlphaResult(None, "negative_values", n_items, n_annotations, None, None)
    observed = float((matrix * delta(level, values, marginals)).sum()) / n
    expected = float(cross_disagreement(level, coords, marginals[np.newaxis, :])[0]) / (n * (n - 1))
    return _result(observed, expected, n_items, n_annotations)


def _result(observed: float, expected: float, n_items: int, n: int) -> AlphaResult:
    if not (np.isfinite(observed) and np.isfinite(expected)):
        return AlphaResult(None, "numeric_overflow", n_items, n, None, None)
    if expected <= 0:
        return AlphaResult(None, "no_expected_disagreement", n_items, n, observed, expected)
    return AlphaResult(1 - observed / expected, None, n_items, n, observed, expected)


def _is_in_package(level: Level) -> TypeGuard[Literal["nominal", "ordinal", "interval", "ratio"]]:
    return level in {"nominal", "ordinal", "interval", "ratio"}


@dataclass(frozen=True)
class CheckedAlpha:
    """A run's alpha and who computed it: the package, checked against ours, or ours above its limits."""

    result: AlphaResult
    computed_by: Literal["krippendorff", "concord"]


def package_alpha(patterns: Patterns, level: Level, tolerance: float = 1e-9) -> CheckedAlpha:
    """The point value of a run, by the `krippendorff` package (Castro 2017) and equal to ours to `tolerance`.

    Undefined cases, sets, texts and data beyond the package's memory are answered by the engine; a difference raises.
    """
    if is_parted(level):
        parts = take_apart(patterns, level)
        checked = package_alpha(parts.patterns, parts.level, tolerance)
        return replace(checked, result=of_wholes(checked.result, patterns)) if patterns.n_items else checked
    ours = alpha(patterns, level)
    used = np.flatnonzero(patterns.marginals)
    too_big = patterns.n_items > PACKAGE_MAX_UNITS or patterns.n_items * used.size**2 > PACKAGE_MAX_CELLS
    if ours.value is None or too_big or not _is_in_package(level):
        return CheckedAlpha(ours, "concord")
    domain = coordinates(level, patterns.values, patterns.marginals.astype(np.float64))[used]
    theirs = float(
        krippendorff.alpha(
            value_counts=np.repeat(patterns.counts[:, used], patterns.freq, axis=0),
            value_domain=domain,
            level_of_measurement=level,
        )
    )
    if not abs(theirs - ours.value) <= tolerance:
        raise AlphaMismatchError(ours.value, theirs)
    return CheckedAlpha(replace(ours, value=theirs), "krippendorff")
