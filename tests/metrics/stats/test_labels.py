"""One-vs-rest alpha, specific agreement and confusions against their definitions."""

import pytest
from hypothesis import given

from metrics.stats.alpha import alpha, coincidence
from metrics.stats.bootstrap import alpha_replicates, percentile_interval
from metrics.stats.labels import confusions, label_scores
from tests.metrics.stats.build import patterns, units_strategy

LABELS = [1, 2, 3, 4]
UNITS = [[1, 1, 2], [2, 2], [1, 3], [3, 3, 3], [2, 1], [1, 1], [3, 2, 1]]


@given(units=units_strategy())
def test_one_vs_rest_is_alpha_of_the_collapsed_values(units: list[list[int]]) -> None:
    data = patterns(units, categories=LABELS)
    matrix = coincidence(data)
    for position, score in enumerate(label_scores(data, replicates=2)):
        collapsed = alpha(patterns([[value == score.label for value in unit] for unit in units]), "nominal")
        assert score.value == pytest.approx(collapsed.value, abs=1e-12)
        assert score.undefined == collapsed.undefined
        n = data.marginals[position]
        assert score.n_values == n
        assert score.n_items == sum(len(unit) > 1 and score.label in unit for unit in units)
        if n:
            assert score.specific_agreement == pytest.approx(matrix[position, position] / n)
        else:
            assert score.specific_agreement is None


def test_label_intervals_are_those_of_the_collapsed_values() -> None:
    data = patterns(UNITS * 8, categories=LABELS)
    scores = label_scores(data, replicates=400, seed=5)
    assert scores[3].interval.low is None
    for score in scores[:3]:
        collapsed = patterns([[value == score.label for value in unit] for unit in UNITS * 8])
        other = percentile_interval(alpha_replicates(collapsed, "nominal", 4000, seed=6))
        assert score.interval.low == pytest.approx(other.low, abs=0.06)
        assert score.interval.high == pytest.approx(other.high, abs=0.06)


@given(units=units_strategy())
def test_confusions_are_the_cells_off_the_diagonal(units: list[list[int]]) -> None:
    data = patterns(units, categories=LABELS)
    found = confusions(data, replicates=5)
    matrix, n = coincidence(data), data.n_annotations
    off_diagonal = matrix.sum() - matrix.trace()
    assert sum(c.count for c in found) == pytest.approx(off_diagonal)
    assert [c.count for c in found] == sorted((c.count for c in found), reverse=True)
    for c in found:
        a, b = LABELS.index(int(c.a)), LABELS.index(int(c.b))
        assert a < b
        assert c.count == pytest.approx(matrix[a, b] + matrix[b, a])
        assert c.share == pytest.approx(c.count / n)
        assert c.excess == pytest.approx(matrix[a, b] / (data.marginals[a] * data.marginals[b] / (n - 1)), rel=1e-9)


def test_confusions_follow_declared_order_and_the_limit() -> None:
    found = confusions(patterns(UNITS, categories=[3, 2, 1]), replicates=100)
    assert {(c.a, c.b) for c in found} == {(3, 2), (3, 1), (2, 1)}
    assert (found[0].a, found[0].b) == (2, 1)
    assert confusions(patterns(UNITS, categories=[3, 2, 1]), replicates=100, limit=1) == found[:1]


def test_the_interval_of_a_share_holds_the_share() -> None:
    for confusion in confusions(patterns(UNITS * 20, categories=LABELS), replicates=500, seed=3):
        assert confusion.interval.low is not None
        assert confusion.interval.low < confusion.share < confusion.interval.high


def test_no_units_no_confusions() -> None:
    assert confusions(patterns([], categories=LABELS)) == ()
    assert {score.undefined for score in label_scores(patterns([], categories=LABELS))} == {"no_pairable_units"}
