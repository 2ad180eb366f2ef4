"""Live state equals recomputation after any sequence of changes."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats.alpha import alpha
from metrics.stats.incremental import QuestionState, StateError
from metrics.stats.patterns import Level, Patterns, UnknownValueError
from tests.metrics.stats.build import LEVELS

ANSWERS = st.dictionaries(st.integers(1, 4), st.integers(1, 3), max_size=3)
CHANGES = st.lists(st.tuples(st.integers(0, 6), ANSWERS | st.none()), max_size=40)


def assert_same(left: Patterns, right: Patterns) -> None:
    assert left.values == right.values
    for name in ("starts", "columns", "entries", "freq"):
        assert np.array_equal(getattr(left, name), getattr(right, name))


@pytest.mark.parametrize("level", LEVELS)
@given(changes=CHANGES)
def test_state_equals_recomputation_after_any_sequence(level: Level, changes: list[tuple[int, Any]]) -> None:
    state = QuestionState(level, [1, 2, 3, 4])
    units: dict[int, Any] = {}
    for unit, counts in changes:
        if counts is None and unit in units:
            state.remove(units.pop(unit))
        elif counts is not None and unit in units:
            state.replace(units[unit], counts)
            units[unit] = counts
        elif counts is not None:
            state.add(counts)
            units[unit] = counts
        recomputed = Patterns.from_units(units.values(), [1, 2, 3, 4], level)
        assert_same(state.patterns(), recomputed)
        assert state.n_patterns == len(recomputed)
    assert alpha(state.patterns(), level) == alpha(recomputed if changes else state.patterns(), level)
    restored = QuestionState(level, [1, 2, 3, 4], state.frequencies)
    assert_same(restored.patterns(), state.patterns())


def test_removing_what_is_not_held_says_so() -> None:
    state = QuestionState("nominal", ["a", "b"])
    state.add({"a": 2})
    with pytest.raises(StateError):
        state.remove({"a": 1, "b": 1})
    assert state.frequencies == {((0, 2),): 1}


def test_a_refused_value_leaves_the_state_as_it_was() -> None:
    state = QuestionState("nominal", ["a", "b"])
    state.add({"a": 2})
    with pytest.raises(UnknownValueError):
        state.replace({"a": 2}, {"a": 1, "z": 1})
    assert state.frequencies == {((0, 2),): 1}


def test_units_with_one_value_leave_no_trace() -> None:
    state = QuestionState("interval")
    state.add(Counter([2.5]))
    assert state.n_patterns == 0
    state.replace(Counter([2.5]), Counter([2.5, 3]))
    assert state.frequencies == {((2.5, 1), (3.0, 1)): 1}
