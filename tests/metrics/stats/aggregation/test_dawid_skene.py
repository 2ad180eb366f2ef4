"""Annotators weighed by their own confusions, against the plain formulae over a dense array."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.stats.aggregation import em
from metrics.stats.aggregation.answers import Answers, CannotAggregate
from metrics.stats.aggregation.dawid_skene import dawid_skene, one_coin
from metrics.stats.aggregation.result import Aggregate
from tests.metrics.stats.build import voted


def posterior(found: Aggregate, labels: int) -> Any:
    rows = [dict(found.weights_of(unit)) for unit in range(found.n_units)]
    return np.asarray([[row.get(label, 0.0) for label in range(labels)] for row in rows])


def crowd(seed: int, skills: tuple[float, ...], items: int = 200, labels: int = 2) -> tuple[Any, Any]:
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, labels, items)
    counts = np.zeros((items, len(skills), labels), dtype=np.int64)
    for annotator, skill in enumerate(skills):
        wrong = (truth + draw.integers(1, labels, items)) % labels
        counts[np.arange(items), annotator, np.where(draw.random(items) < skill, truth, wrong)] = 1
    return counts, truth


def plain(counts: Any, rounds: int, added: Any) -> tuple[Any, Any, Any]:
    """Dawid & Skene (1979), equations 2.3 to 2.5, over a dense array and without a test for the end."""
    found = counts.sum(axis=1) / counts.sum(axis=(1, 2))[:, None]
    shares = confusion = None
    crowd = np.einsum("it,iag->tg", found, counts) + 1 / counts.shape[2]
    prior = added[:, None, None] * counts.shape[2] * crowd / crowd.sum(axis=1, keepdims=True)
    for _ in range(rounds):
        shares = found.mean(axis=0)
        confusion = np.einsum("it,iag->atg", found, counts) + prior
        confusion = confusion / np.maximum(confusion.sum(axis=2, keepdims=True), 1e-300)
        joint = shares * np.prod(confusion[None].transpose(0, 1, 3, 2) ** counts[..., None], axis=(1, 2))
        found = joint / joint.sum(axis=1, keepdims=True)
    return found, shares, confusion


def test_consensus_finds_the_annotator_who_guesses() -> None:
    counts, truth = crowd(1, (0.9, 0.85, 0.5, 0.1))
    found = dawid_skene(voted(counts))
    assert found.converged
    assert found.fit is not None
    assert (found.answer == truth).mean() > 0.9
    assert found.fit.competence == pytest.approx([0.9, 0.85, 0.5, 0.1], abs=0.08)
    assert found.fit.confusion is not None
    assert found.fit.confusion.sum(axis=2) == pytest.approx(np.ones((4, 2)))


def test_consensus_is_the_likelihood_at_a_fixed_point() -> None:
    draw = np.random.default_rng(5)
    counts = draw.integers(0, 2, (12, 3, 2))
    counts[:, :, 0] = np.maximum(counts[:, :, 0], 1 - counts[:, :, 1])
    found = dawid_skene(voted(counts), smoothing=0.2).fit
    assert found is not None
    assert found.shares is not None
    assert found.confusion is not None
    plain_log = 0.0
    for item in counts:
        joint = [
            found.shares[t] * np.prod([found.confusion[a, t, g] ** n for a in range(3) for g, n in enumerate(item[a])])
            for t in range(2)
        ]
        plain_log += float(np.log(sum(joint)))
    assert found.log_likelihood == pytest.approx(plain_log)


@pytest.mark.parametrize("seed", range(5))
def test_rounds_are_those_of_the_plain_formulae(seed: int) -> None:
    draw = np.random.default_rng(seed)
    counts = draw.integers(0, 3, (15, 4, 3)) * draw.integers(0, 2, (15, 4, 1))
    counts[:, 0, 0] += counts.sum(axis=(1, 2)) == 0
    few = counts.sum(axis=(0, 2)) < 20
    found = dawid_skene(voted(counts), smoothing=1.0, smooth_below=20)
    assert found.iterations is not None
    assert found.fit is not None
    expected, shares, confusion = plain(counts, found.iterations, np.where(few, 1.0, 0.0))
    assert posterior(found, 3) == pytest.approx(expected, abs=1e-6)
    assert found.fit.shares == pytest.approx(shares)
    assert found.fit.confusion == pytest.approx(confusion)


def test_no_round_makes_the_likelihood_smaller() -> None:
    counts, _ = crowd(3, (0.9, 0.7, 0.6, 0.4), 60, 3)
    for run in (dawid_skene, one_coin):
        found = [run(voted(counts), smoothing=0.0, max_iterations=rounds).log_likelihood for rounds in range(1, 25)]
        assert all(after >= before - 1e-9 for before, after in pairwise(found))


@settings(max_examples=20)  # each fits two models to the end
@given(st.randoms(use_true_random=False), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing_at_all(mixer: Any, seed: int) -> None:
    draw = np.random.default_rng(seed)
    rows = [(unit, person, int(draw.integers(0, 3))) for unit in range(8) for person in range(4) if draw.random() < 0.7]
    shuffled = list(rows)
    mixer.shuffle(shuffled)
    for run in (dawid_skene, one_coin):
        one, other = (
            run(Answers.of("nominal", *zip(*order, strict=True), ["a", "b", "c"], n_units=8)) if order else None
            for order in (rows, shuffled)
        )
        if one is not None and other is not None:
            assert one.answer.tolist() == other.answer.tolist()
            assert one.confidence.tobytes() == other.confidence.tobytes()
            assert one.log_likelihood == other.log_likelihood


def test_numbering_units_or_labels_otherwise_moves_the_answers_along() -> None:
    counts, _ = crowd(4, (0.8, 0.7, 0.6), 40, 3)
    found = dawid_skene(voted(counts))
    units = dawid_skene(voted(counts[::-1]))
    assert units.answer[::-1].tolist() == found.answer.tolist()
    assert units.confidence[::-1].tobytes() == found.confidence.tobytes()
    labels = dawid_skene(voted(counts[:, :, [2, 0, 1]]))
    assert np.asarray([2, 0, 1])[labels.answer].tolist() == found.answer.tolist()
    people = dawid_skene(voted(counts[:, [2, 0, 1]]))
    assert people.answer.tolist() == found.answer.tolist()
    assert people.log_likelihood == pytest.approx(found.log_likelihood)


def test_one_coin_is_the_likelihood_at_a_fixed_point_and_finds_the_skills() -> None:
    skills = (0.9, 0.8, 0.6, 0.4)
    counts, truth = crowd(7, skills, 400, 3)
    found = one_coin(voted(counts), smoothing=0.0)
    assert found.fit is not None
    assert found.fit.competence == pytest.approx(skills, abs=0.07)
    right = found.fit.competence[None, :, None]
    chance = right * counts + (1 - right) / 2 * (counts.sum(axis=2, keepdims=True) - counts)
    likelihood = np.log(np.prod(chance, axis=1).sum(axis=1) / 3).sum()
    assert found.log_likelihood == pytest.approx(float(likelihood))
    assert (found.answer == truth).mean() > 0.85


def test_where_everybody_answers_otherwise_there_is_a_tie_and_no_first_label() -> None:
    counts = np.zeros((20, 2, 2), dtype=np.int64)
    counts[np.arange(20), 0, np.arange(20) % 2] = 1
    counts[np.arange(20), 1, 1 - np.arange(20) % 2] = 1
    for run in (dawid_skene, one_coin):
        found = run(voted(counts))
        assert found.tied.all()
        assert found.candidates(0) == (0, 1)
        assert found.value_of(0) is None


def test_one_annotator_is_believed_and_nothing_at_all_stays_unanswered() -> None:
    counts = np.zeros((6, 1, 2), dtype=np.int64)
    counts[np.arange(6), 0, [0, 1, 1, 0, 0, 0]] = 1
    for run in (dawid_skene, one_coin):
        assert run(voted(counts)).answer.tolist() == [0, 1, 1, 0, 0, 0]
        empty = run(Answers.of("nominal", [], [], [], ["a", "b"], categories=["a", "b"], n_units=3))
        assert empty.answer.tolist() == [-1, -1, -1]
        assert np.isnan(empty.confidence).all()
        assert empty.converged


def test_what_would_not_fit_in_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, _ = crowd(1, (0.9, 0.8, 0.7), 50, 3)
    patterns = len(em.votes_of(voted(counts)).patterns)
    assert 9 < patterns < 50
    for cells in (3 * 3 * 3 - 1, patterns * 3 - 1):
        monkeypatch.setattr(em, "MOST_CELLS", cells)
        with pytest.raises(CannotAggregate) as caught:
            dawid_skene(voted(counts))
        assert caught.value.reason == "too_many"
