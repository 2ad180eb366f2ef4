"""What must hold on every level whose answers are taken apart or compared as texts."""

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest

from metrics.stats.alpha import alpha
from metrics.stats.bootstrap import (
    PairedPatterns,
    alpha_replicates,
    bootstrap_alpha,
    difference_paired,
    kernel_of,
)
from metrics.stats.incremental import QuestionState
from metrics.stats.patterns import Level, Patterns
from metrics.stats.spans import span_key
from tests.metrics.stats.build import whole

TEXT = "The quick brown fox jumps over the lazy dog"
LEVELS: tuple[Level, ...] = ("ranking", "spans", "tokens", "boxes", "token_edit")


def an_answer(level: Level, draw: np.random.Generator) -> str:
    if level == "ranking":
        order = draw.permutation(list("abc")).tolist()
        return json.dumps([order[:1], sorted(order[1:])] if draw.random() < 0.3 else [[o] for o in order])
    if level == "token_edit":
        return " ".join(draw.choice(TEXT.split(), 4).tolist())
    if level == "boxes":
        return json.dumps([box(draw) for _ in range(int(draw.integers(0, 3)))])
    spans = [(int(s), int(s) + 5) for s in draw.integers(0, 35, int(draw.integers(0, 3)))]
    return span_key([{"start": s, "end": e, "label": str(draw.choice(["A", "B"]))} for s, e in spans], TEXT)


def box(draw: np.random.Generator) -> dict[str, Any]:
    return {
        "x": int(draw.integers(0, 4)) / 5,
        "y": 0.1,
        "width": 0.2,
        "height": 0.2,
        "label": str(draw.choice(["A", "B"])),
    }


def units_of(level: Level, number: int = 24) -> list[list[str]]:
    draw = np.random.default_rng(11)
    units = []
    for _ in range(number):
        shared = an_answer(level, draw)
        units.append([shared if draw.random() < 0.6 else an_answer(level, draw) for _ in range(3)])
    return units


@pytest.mark.parametrize("level", LEVELS)
def test_order_of_units_and_annotators_does_not_matter(level: Level) -> None:
    units = units_of(level)
    value = alpha(whole(units, level), level).value
    assert value is not None
    assert alpha(whole(units[::-1], level), level).value == pytest.approx(value, abs=1e-12)
    assert alpha(whole([unit[::-1] for unit in units], level), level).value == pytest.approx(value, abs=1e-12)
    assert -1 < value < 1


@pytest.mark.parametrize("level", LEVELS)
def test_single_answers_change_nothing(level: Level) -> None:
    units = units_of(level)
    more = [*units, *([an_answer(level, np.random.default_rng(n))] for n in range(9))]
    assert alpha(whole(more, level), level) == alpha(whole(units, level), level)


@pytest.mark.parametrize("level", LEVELS)
def test_units_twice_move_alpha_a_little(level: Level) -> None:
    units = units_of(level)
    one, two = alpha(whole(units, level), level), alpha(whole(units * 2, level), level)
    assert one.value is not None
    assert two.value is not None
    assert two.n_items == 2 * one.n_items
    assert one.observed == pytest.approx(two.observed, rel=0.2 if level == "ranking" else 1e-9) or level == "ranking"
    assert two.value == pytest.approx(one.value, abs=0.02)


@pytest.mark.parametrize("level", LEVELS)
def test_full_agreement_is_one(level: Level) -> None:
    units = [[unit[0]] * 3 for unit in units_of(level)]
    assert alpha(whole(units, level), level).value == pytest.approx(1.0)


@pytest.mark.parametrize("level", [level for level in LEVELS if level != "boxes"])
def test_answers_by_chance_have_alpha_near_zero(level: Level) -> None:
    """Not boxes: an object is there because somebody drew it, so by chance their alpha lies below 0."""
    draw = np.random.default_rng(3)
    units = [[an_answer(level, draw) for _ in range(3)] for _ in range(150)]
    assert alpha(whole(units, level), level).value == pytest.approx(0.0, abs=0.08)


@pytest.mark.parametrize("level", LEVELS)
def test_the_kernel_at_the_weights_that_are_there_is_alpha(level: Level) -> None:
    data = whole(units_of(level), level)
    weights = data.freq[np.newaxis, :].astype(np.float64)
    assert kernel_of(data, level).alphas(weights)[0] == pytest.approx(alpha(data, level).value, abs=1e-12)


@pytest.mark.parametrize("level", LEVELS)
def test_the_same_data_and_seed_give_the_same_interval(level: Level) -> None:
    units = units_of(level)
    one, other = whole(units, level), whole(units[::-1], level)
    assert bootstrap_alpha(one, level, 150, 5) == bootstrap_alpha(other, level, 150, 5)
    assert np.nanstd(alpha_replicates(one, level, 150, 6)) > 0


@pytest.mark.parametrize("level", LEVELS)
def test_live_state_is_a_recomputation(level: Level) -> None:
    units = units_of(level, 12)
    values = sorted({value for unit in units for value in unit})
    state = QuestionState(level, values)
    for unit in units:
        state.add(Counter(unit))
    state.replace(Counter(units[0]), Counter(units[1]))
    state.remove(Counter(units[2]))
    left = [units[1], units[1], *units[3:]]
    counted = Patterns.from_units([Counter(unit) for unit in left], values, level)
    assert alpha(state.patterns(), level) == alpha(counted, level)


@pytest.mark.parametrize("level", LEVELS)
def test_no_change_is_no_difference(level: Level) -> None:
    units = {n: Counter(unit) for n, unit in enumerate(units_of(level))}
    values = sorted({value for unit in units.values() for value in unit})
    found = difference_paired(PairedPatterns.from_units(units, units, values, level), level, 60, 1)
    assert np.nanmax(np.abs(found.replicates)) == pytest.approx(0.0)
