"""People and items told one by one from (unit, annotator, value) rows: the plain twins of what counts over columns."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Generic

import numpy as np

from metrics.stats.alpha import (
    AlphaResult,
    alpha,
    alpha_of_coincidence,
    coordinates,
    disagreement,
    distances,
)
from metrics.stats.bootstrap import kernel_of
from metrics.stats.incremental import QuestionState
from metrics.stats.pairs import PairScore, pair_score
from metrics.stats.parts import is_parted
from metrics.stats.patterns import (
    FloatArray,
    Level,
    Pattern,
    Patterns,
    PersonT,
    UnitT,
    Value,
    ValueT,
    category_index,
    is_numeric,
    pattern_of,
)

Row = tuple[UnitT, PersonT, ValueT]


def group_units(rows: Iterable[tuple[UnitT, PersonT, ValueT]]) -> dict[UnitT, dict[PersonT, ValueT]]:
    """(unit, annotator, value) rows as unit -> annotator -> value; of repeated rows the last one counts."""
    units: dict[UnitT, dict[PersonT, ValueT]] = {}
    for unit, person, value in rows:
        units.setdefault(unit, {})[person] = value
    return units


@dataclass(frozen=True)
class AnnotatorScore(Generic[PersonT]):
    """One annotator: `n` units shared with others, alpha against the rest, and alpha of everybody else."""

    annotator: PersonT
    n: int
    with_rest: AlphaResult
    leave_one_out: AlphaResult
    delta: float | None


@dataclass(frozen=True)
class ItemDisagreement(Generic[UnitT]):
    """A unit's part in the disagreement: `contribution` to n D_o, its share of the whole, and its entropy."""

    unit: UnitT
    contribution: float
    share: float
    entropy: float
    n_values: int


def pair_matrix(
    rows: Iterable[Row[UnitT, PersonT, ValueT]],
    level: Level,
    categories: Sequence[Value] | None = None,
    minimum: int = 1,
) -> tuple[PairScore[PersonT], ...]:
    """Alpha of each two annotators over their shared units (Krippendorff 2019, ch. 12).

    Pairs that share fewer than `minimum` units are left out: with hundreds of annotators that is nearly all
    of them.
    """
    given = list(rows)
    order = {person: place for place, person in enumerate(dict.fromkeys(person for _, person, _ in given))}
    units = group_units(given)
    shared: dict[tuple[PersonT, PersonT], Counter[tuple[ValueT, ValueT]]] = defaultdict(Counter)
    for answers in units.values():
        for a, b in combinations(sorted(answers, key=order.__getitem__), 2):
            shared[a, b][answers[a], answers[b]] += 1
    return tuple(
        pair_score(a, b, shared[a, b], level, categories)
        for a, b in sorted(shared, key=lambda pair: (order[pair[0]], order[pair[1]]))
        if shared[a, b].total() >= minimum
    )


def annotator_scores(
    rows: Iterable[Row[UnitT, PersonT, ValueT]], level: Level, categories: Sequence[Value] | None = None
) -> tuple[AnnotatorScore[PersonT], ...]:
    """Every annotator against the rest, and alpha without them (the jackknife; Krippendorff 2019, 12.4).

    Ordered by how much alpha gains without the annotator. That is no verdict: an expert minority gains it
    too.
    """
    units = {unit: answers for unit, answers in group_units(rows).items() if len(answers) >= 2}
    state = QuestionState(level, categories)
    own: dict[PersonT, list[UnitT]] = defaultdict(list)
    for unit, answers in units.items():
        state.add(Counter(answers.values()))
        for person in answers:
            own[person].append(unit)
    overall = alpha(state.patterns(), level).value
    scores = [
        _annotator_score(person, [units[unit] for unit in answered], state, overall) for person, answered in own.items()
    ]
    return tuple(sorted(scores, key=lambda s: (s.delta is None, -(s.delta or 0.0), -s.n)))


def _annotator_score(
    person: PersonT, answered: Sequence[Mapping[PersonT, ValueT]], state: QuestionState, overall: float | None
) -> AnnotatorScore[PersonT]:
    without = leave_one_out(person, answered, state)
    delta = None if without.value is None or overall is None else without.value - overall
    rest = with_rest_alpha(person, answered, state.level, state.categories)
    return AnnotatorScore(person, len(answered), rest, without, delta)


def leave_one_out(person: PersonT, answered: Sequence[Mapping[PersonT, ValueT]], state: QuestionState) -> AlphaResult:
    """Alpha of everybody else (Krippendorff 2019, 12.4). This person's units change and are put back."""
    changes = []
    for answers in answered:
        full = Counter(answers.values())
        changes.append((full, full - Counter([answers[person]])))
    for full, rest in changes:
        state.replace(full, rest)
    result = alpha(state.patterns(), state.level)
    for full, rest in changes:
        state.replace(rest, full)
    return result


def with_rest_alpha(
    person: PersonT,
    answered: Sequence[Mapping[PersonT, ValueT]],
    level: Level,
    categories: Sequence[Value] | None = None,
) -> AlphaResult:
    """Alpha on the coincidences of one annotator with the others of each unit (Krippendorff 2019, ch. 12).

    In each unit the person's value meets each of the m - 1 others with weight 1 / (m - 1), in both orders.
    """
    if is_parted(level) or level == "token_edit":
        return _with_rest_by_pairs(person, answered, level)
    used = {value for answers in answered for value in answers.values()}
    order: Sequence[Value] = sorted(used) if is_numeric(level) else [c for c in categories or () if c in used]
    index = {value: position for position, value in enumerate(order)}
    matrix = np.zeros((len(order), len(order)))
    n_items = 0
    for answers in answered:
        others = [index[value] for other, value in answers.items() if other != person]
        if not others:
            continue
        n_items += 1
        mine = index[answers[person]]
        for other in others:
            matrix[mine, other] += 1 / len(others)
            matrix[other, mine] += 1 / len(others)
    return alpha_of_coincidence(matrix, tuple(order), level, n_items)


def _with_rest_by_pairs(person: PersonT, answered: Sequence[Mapping[PersonT, ValueT]], level: Level) -> AlphaResult:
    """The same for answers without a coincidence matrix of their own: each meeting is a unit of two, weighted."""
    meetings: dict[Pattern, float] = defaultdict(float)
    values = sorted({value for answers in answered for value in answers.values()}, key=str)
    index = category_index(values)
    n_items = 0
    for answers in answered:
        others = [value for other, value in answers.items() if other != person]
        n_items += bool(others)
        for value in others:
            meetings[pattern_of(Counter([answers[person], value]), level, index)] += 1 / len(others)
    if not n_items:
        return AlphaResult(None, "no_pairable_units", 0, 0, None, None)
    rows = sorted(meetings)
    pairs = Patterns.from_rows(rows, [1] * len(rows), values, level)
    found = float(kernel_of(pairs, level).alphas(np.asarray([[meetings[row] for row in rows]]))[0])
    if not np.isfinite(found):
        return AlphaResult(None, alpha(pairs, level).undefined or "no_variation", n_items, 2 * n_items, None, None)
    return AlphaResult(found, None, n_items, 2 * n_items, None, None)


def item_disagreement(
    units: Mapping[UnitT, Mapping[ValueT, int]],
    level: Level,
    categories: Sequence[Value] | None = None,
    limit: int | None = None,
) -> tuple[ItemDisagreement[UnitT], ...]:
    """Units by contribution to D_o (Krippendorff 2019, ch. 12), greatest first; unanimous ones are left out.

    Entropy is Shannon's, divided by log min(m, V): alone it over-ranks units with few answers and ignores
    distance.
    """
    split = {unit: counts for unit, counts in units.items() if sum(map(bool, counts.values())) >= 2}
    if is_parted(level) or level == "token_edit":
        parts = _parts_by_unit(split, level)
        n_labels = len({value for counts in units.values() for value in counts})
    else:
        parts, n_labels = _parts_by_distance(units, split, level, categories)
    found = []
    for unit, part in parts.items():
        n = np.asarray([count for count in split[unit].values() if count], dtype=np.float64)
        m = int(n.sum())
        found.append((part, unit, _entropy(n, m, n_labels), m))
    whole = math.fsum(part for part, *_ in found)
    # Sorting is stable: equal contributions keep the order in which the units came.
    found.sort(key=lambda row: -row[0])
    return tuple(
        ItemDisagreement(unit, part, part / whole if whole else 0.0, entropy, m)
        for part, unit, entropy, m in found[:limit]
    )


def _parts_by_distance(
    units: Mapping[UnitT, Mapping[ValueT, int]],
    split: Mapping[UnitT, Mapping[ValueT, int]],
    level: Level,
    categories: Sequence[Value] | None,
) -> tuple[dict[UnitT, float], int]:
    """What each unit without one mind adds to n D_o. The ordinal distance needs everybody's answers."""
    patterns = Patterns.from_units(units.values(), categories, level)
    if patterns.n_items == 0:
        return {}, 0
    coords = coordinates(level, patterns.values, patterns.marginals.astype(np.float64))
    place = dict(zip(patterns.values, coords.tolist(), strict=True))
    parts = {}
    for unit, counts in split.items():
        values = [value for value, count in counts.items() if count]
        x = np.asarray([place[_numeric(value, level)] for value in values])
        n = np.asarray([counts[value] for value in values], dtype=np.float64)
        parts[unit] = float(n @ distances(level, x, x) @ n) / (sum(counts.values()) - 1)
    return parts, len(patterns.values)


def _parts_by_unit(split: Mapping[UnitT, Mapping[ValueT, int]], level: Level) -> dict[UnitT, float]:
    """The same for answers that are taken apart or compared as texts."""
    values = sorted({value for counts in split.values() for value in counts}, key=str)
    index = category_index(values)
    rows = [pattern_of(counts, level, index) for counts in split.values()]
    parts = disagreement(Patterns.from_rows(rows, [1] * len(rows), values, level), level)
    return dict(zip(split, parts.tolist(), strict=True))


def _numeric(value: Value, level: Level) -> Value:
    return float(value) if is_numeric(level) else value


def _entropy(counts: FloatArray, m: int, n_labels: int) -> float:
    share = counts / m
    return float(-(share * np.log(share)).sum() / np.log(min(m, n_labels)))
