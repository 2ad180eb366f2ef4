"""Majority, what it says of ties, and what a switch of method changes."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats.aggregation.answers import Answers
from metrics.stats.aggregation.result import TIED, UNANSWERED, changes
from metrics.stats.aggregation.votes import majority
from metrics.stats.patterns import UnknownValueError

LABELS = ["a", "b", "c"]
UNITS = st.lists(st.lists(st.integers(-1, 2), max_size=6), min_size=1, max_size=10)


def of(units: list[list[int]], labels: list[str] | None = None) -> Answers:
    """One list of value codes a unit, by annotators 0, 1, …; -1 is an opt-out."""
    rows = [(unit, person, value) for unit, values in enumerate(units) for person, value in enumerate(values)]
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    return Answers.of("nominal", *columns, labels or LABELS, categories=labels or LABELS, n_units=len(units))


@given(UNITS)
def test_majority_is_the_commonest_answer_or_a_tie(units: list[list[int]]) -> None:
    found = majority(of(units))
    for unit, values in enumerate(units):
        counts = Counter(LABELS[value] for value in values if value >= 0).most_common()
        leading = [label for label, count in counts if count == counts[0][1]]
        if not counts:
            assert found.state[unit] == UNANSWERED
            assert found.value_of(unit) is None
            assert np.isnan(found.confidence[unit])
            assert found.candidates(unit) == ()
            continue
        total = sum(count for _, count in counts)
        assert found.confidence[unit] == counts[0][1] / total
        assert dict(found.weights_of(unit)) == {label: count / total for label, count in counts}
        assert set(found.candidates(unit)) == set(leading)
        assert found.tied[unit] == (len(leading) > 1)
        assert found.value_of(unit) == (leading[0] if len(leading) == 1 else None)
        runner_up = found.runner_up(unit)
        assert (runner_up is None) == (len(counts) == 1)
        if runner_up is not None:
            assert runner_up[1] == counts[1][1] / total


def test_what_a_tie_is_does_not_depend_on_which_label_is_first() -> None:
    found = majority(of([[0, 1], [1, 0], [2, 2, 1], [-1, -1], []]))
    assert found.state.tolist() == [TIED, TIED, 0, UNANSWERED, UNANSWERED]
    assert (found.n_units, found.n_decided, found.n_tied) == (5, 1, 2)
    assert (found.iterations, found.converged, found.log_likelihood) == (None, None, None)


@given(UNITS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(units: list[list[int]], mixer: Any) -> None:
    rows = [(unit, person, value) for unit, values in enumerate(units) for person, value in enumerate(values)]
    mixer.shuffle(rows)
    mixed = Answers.of("nominal", *np.asarray(rows).reshape(-1, 3).T, LABELS, categories=LABELS, n_units=len(units))
    one, other = majority(of(units)), majority(mixed)
    assert one.answer.tolist() == other.answer.tolist()
    assert one.state.tolist() == other.state.tolist()


def test_values_stand_in_declared_order_or_in_one_of_their_own() -> None:
    declared = Answers.of("ordinal", [0, 1], [0, 0], [0, 1], [3, 1], categories=[1, 2, 3])
    assert declared.values == (1, 2, 3)
    assert declared.value.tolist() == [2, 0]
    loose = Answers.of("nominal", [0, 1], None, [0, 1], ["b", "a"])
    assert loose.values == ("a", "b")
    assert loose.n_annotators == 0
    assert [rows for _, rows in loose.each()] == [[(0, "b")], [(0, "a")]]
    with pytest.raises(UnknownValueError):
        Answers.of("nominal", [0], [0], [0], ["d"], categories=LABELS)
    assert Answers.of("nominal", [0], [0], [-1], ["d"], categories=LABELS).answered.tolist() == []


def test_codes_too_wide_for_one_number_are_sorted_all_the_same() -> None:
    unit, person = [5, 0, 0], [2**61, 1, 0]
    found = Answers.of("nominal", unit, person, [1, 0, 1], ["a", "b"])
    assert found.unit.tolist() == [0, 0, 5]
    assert found.annotator.tolist() == [0, 1, 2**61]
    assert found.value.tolist() == [1, 0, 1]


def test_changes_count_a_tie_as_a_state_of_its_own() -> None:
    before = majority(of([[0, 0], [0, 0], [0, 1], [0, 1], [0], [], [], [2]]))
    after = majority(of([[0, 0], [1, 1], [0, 0], [1, 0], [], [1], [], [2, 1]]))
    found = changes(before, after)
    assert (found.relabelled, found.to_tie, found.from_tie, found.gained, found.lost) == (1, 1, 1, 1, 1)
    assert (found.n, found.changed) == (7, 5)
    assert found.share == pytest.approx(5 / 7)
    same = changes(before, before)
    assert (same.n, same.changed, same.share) == (6, 0, 0.0)


def test_changes_compare_values_and_not_their_codes() -> None:
    one, other = majority(of([[0], [1]], ["a", "b"])), majority(of([[1], [2]], ["z", "a", "y"]))
    found = changes(one, other)
    assert (found.n, found.relabelled) == (2, 1)
    with pytest.raises(ValueError, match="different units"):
        changes(one, majority(of([[0]])))
    assert changes(majority(of([[]])), majority(of([[]]))).share is None


def test_many_units_at_once_are_as_few() -> None:
    draw = np.random.default_rng(0)
    value = draw.integers(0, 5, 300_000)
    answers = Answers.of("nominal", np.repeat(np.arange(100_000), 3), None, value, list("abcde"))
    found = majority(answers)
    rows = value.reshape(-1, 3)
    different = (np.diff(np.sort(rows, axis=1), axis=1) > 0).all(axis=1)
    assert found.n_tied == different.sum()
