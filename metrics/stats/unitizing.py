"""Alpha for unitising a continuum, alpha_u: who found which sections, and where exactly.

Krippendorff, K. (1995), On the reliability of unitizing continuous data, Sociological Methodology 25:47-76;
(2004), Measuring the reliability of qualitative text analysis data, Quality & Quantity 38:787-800, section 4.
Every observer cuts the continuum into sections, units of a category and gaps between them. Two sections that
intersect differ by the squares of their ends' distances; a unit that lies wholly inside a gap differs by the
square of its length.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from metrics.stats.alpha import Undefined

Section = tuple[int, int, bool]
"""Begin, end, whether it is a unit of the category."""


@dataclass(frozen=True)
class UnitizingAlpha:
    """alpha_u of one category or of all together."""

    value: float | None
    undefined: Undefined | None
    observed: float
    expected: float


def alpha_unitizing(
    observers: Sequence[Mapping[str, Sequence[tuple[int, int]]]], begin: int, end: int, category: str | None = None
) -> UnitizingAlpha:
    """alpha_u of `category`, or over all categories: 1 - sum D_o / sum D_e (Krippendorff 2004).

    Each observer gives category -> (begin, end) of their units, which must not overlap within a category.
    """
    names = {name for observer in observers for name in observer} if category is None else {category}
    observed = expected = 0.0
    for name in sorted(names):
        units = [sorted(observer.get(name, ())) for observer in observers]
        observed += _observed(units, begin, end)
        expected += _expected(units, begin, end)
    if expected <= 0:
        return UnitizingAlpha(None, "no_expected_disagreement", observed, expected)
    return UnitizingAlpha(1 - observed / expected, None, observed, expected)


def _sections(units: Sequence[tuple[int, int]], begin: int, end: int) -> list[Section]:
    """The whole continuum of one observer, gaps included."""
    found: list[Section] = []
    edges = [(begin, begin), *units, (end, end)]
    for (_, before), (start, _) in pairwise(edges):
        if start > before:
            found.append((before, start, False))
    found += [(start, stop, True) for start, stop in units]
    return sorted(found)


def _difference(left: Section, right: Section) -> float:
    """delta^2 of two sections of the same category (Krippendorff 2004, eq. for d)."""
    begin, end, is_unit = left
    other_begin, other_end, other_is_unit = right
    if is_unit and other_is_unit and begin < other_end and other_begin < end:
        return float((begin - other_begin) ** 2 + (end - other_end) ** 2)
    if is_unit and not other_is_unit and other_begin <= begin and end <= other_end:
        return float((end - begin) ** 2)
    if other_is_unit and not is_unit and begin <= other_begin and other_end <= end:
        return float((other_end - other_begin) ** 2)
    return 0.0


def _observed(units: Sequence[Sequence[tuple[int, int]]], begin: int, end: int) -> float:
    """D_o: the differences of all sections of all pairs of observers, over m (m - 1) L^2."""
    m, length = len(units), end - begin
    sections = [_sections(mine, begin, end) for mine in units]
    total = sum(
        _difference(left, right)
        for i, one in enumerate(sections)
        for j, other in enumerate(sections)
        if i != j
        for left in one
        for right in other
    )
    return total / (m * (m - 1) * length**2) if m > 1 else 0.0


def _expected(units: Sequence[Sequence[tuple[int, int]]], begin: int, end: int) -> float:
    """D_e: what random placement of the same sections would give (Krippendorff 1995, p. 62)."""
    m, length = len(units), end - begin
    sections = [section for mine in units for section in _sections(mine, begin, end)]
    lengths = [stop - start for start, stop, is_unit in sections if is_unit]
    gaps = [stop - start for start, stop, is_unit in sections if not is_unit]
    if not lengths:
        return 0.0
    total = 0.0
    for size in lengths:
        total += (len(lengths) - 1) / 3 * (2 * size**3 - 3 * size**2 + size)
        total += size**2 * sum(gap - size + 1 for gap in gaps if gap >= size)
    free = m * length * (m * length - 1) - sum(size * (size - 1) for size in lengths)
    return 2 / length * total / free
