"""Strengths behind preferences, against the likelihood maximised directly."""

from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from scipy.optimize import minimize

from metrics.stats.aggregation.answers import Answers, CannotAggregate
from metrics.stats.aggregation.bradley_terry import bradley_terry, comparisons_of, components, games_of
from metrics.stats.aggregation.methods import METHODS, aggregate, shortfalls
from metrics.stats.aggregation.result import TIED
from metrics.stats.aggregation.votes import majority
from tests.paths import shared

FIELDS = ["left", "right", "tie", "both_bad"]


def games(rows: list[tuple[int, str]], sides: list[tuple[int, int]], names: int) -> Answers:
    """(unit, answer) rows; `sides` are the contestants of each unit."""
    unit, value = [unit for unit, _ in rows], [FIELDS.index(answer) for _, answer in rows]
    people = list(range(len(rows)))
    contestants = [f"c{number}" for number in range(names)]
    return Answers.of(
        "nominal", unit, people, value, FIELDS, categories=FIELDS, n_units=len(sides), sides=sides,
        contestants=contestants,
    )  # fmt: skip


def league(seed: int, n: int = 6) -> tuple[Answers, Any, Any]:
    draw = np.random.default_rng(seed)
    strengths = draw.normal(0, 1, n)
    sides = [(a, b) for a in range(n) for b in range(n) if a != b]
    rows = []
    for unit, (a, b) in enumerate(sides):
        for _ in range(8):
            chance = 1 / (1 + np.exp(strengths[b] - strengths[a]))
            rows.append((unit, "tie" if draw.random() < 0.1 else "left" if draw.random() < chance else "right"))
    return games(rows, sides, n), strengths, sides


@pytest.mark.parametrize("seed", range(3))
def test_strengths_are_at_the_maximum_of_the_likelihood(seed: int) -> None:
    answers, _, sides = league(seed)
    found = bradley_terry(answers, prior=0.1)
    assert found.fit is not None
    assert found.fit.strengths is not None
    wins = np.zeros((6, 6))
    for unit, value in zip(answers.unit.tolist(), answers.value.tolist(), strict=True):
        a, b = sides[unit]
        wins[a, b] += {0: 1.0, 1: 0.0}.get(value, 0.5)
        wins[b, a] += {0: 0.0, 1: 1.0}.get(value, 0.5)

    def loss(theta: Any) -> float:
        """Negative log-likelihood with 0.1 games won and lost by each against a virtual opponent, the last."""
        total = 0.0
        for a in range(6):
            for b in range(6):
                total += wins[a, b] * np.log1p(np.exp(theta[b] - theta[a]))
            total += 0.1 * (np.log1p(np.exp(theta[6] - theta[a])) + np.log1p(np.exp(theta[a] - theta[6])))
        return float(total)

    best = minimize(loss, np.zeros(7), method="BFGS", options={"gtol": 1e-8}).x[:6]
    assert found.fit.strengths == pytest.approx(best - best.mean(), abs=1e-4)
    log = sum(
        -wins[a, b] * np.log1p(np.exp(found.fit.strengths[b] - found.fit.strengths[a]))
        for a in range(6)
        for b in range(6)
    )
    assert found.log_likelihood == pytest.approx(log)
    assert found.converged


def test_the_stronger_side_is_the_answer_with_its_chance() -> None:
    answers, strengths, sides = league(5)
    found = bradley_terry(answers)
    assert found.fit is not None
    assert found.fit.strengths is not None
    assert np.corrcoef(found.fit.strengths, strengths)[0, 1] > 0.9
    for unit, (a, b) in enumerate(sides):
        ahead = found.fit.strengths[a] - found.fit.strengths[b]
        assert found.value_of(unit) == ("left" if ahead > 0 else "right")
        assert found.confidence[unit] == pytest.approx(1 / (1 + np.exp(-abs(ahead))))


def test_contestants_that_never_met_cannot_be_rated() -> None:
    answers = games([(0, "left"), (1, "right")], [(0, 1), (2, 3)], 4)
    assert components(games_of(answers)) == 2
    with pytest.raises(CannotAggregate) as caught:
        aggregate(answers, "bradley_terry")
    assert caught.value.reason == "not_connected"
    assert "2 groups" in caught.value.sentence


def test_it_must_be_known_who_is_compared() -> None:
    nameless = Answers.of("nominal", [0], [0], [0], FIELDS, categories=FIELDS)
    with pytest.raises(CannotAggregate) as caught:
        aggregate(nameless, "bradley_terry")
    assert caught.value.reason == "no_contestants"
    crowd = games([(0, "left")], [(0, 1)], 2001)
    with pytest.raises(CannotAggregate) as caught:
        aggregate(crowd, "bradley_terry")
    assert caught.value.reason == "too_many"


def test_contestants_with_few_comparisons_are_said_and_one_against_itself_is_none() -> None:
    rows = [(0, "left")] * 10 + [(1, "right")] * 4 + [(2, "left")] * 9
    answers = games(rows, [(0, 1), (1, 2), (2, 2)], 3)
    assert comparisons_of(answers).tolist() == [10, 14, 4]
    said = [shortfall.sentence for shortfall in shortfalls(answers, METHODS["bradley_terry"])]
    assert said == ["1 of 3 contestants were compared in fewer than 10 answers."]
    assert METHODS["bradley_terry"].needs.startswith("At least 10 answers a contestant")


def test_who_never_lost_stays_finite_and_equals_are_a_tie() -> None:
    won = bradley_terry(games([(0, "left")] * 9, [(0, 1)], 2))
    assert won.fit is not None
    assert won.fit.strengths is not None
    assert np.isfinite(won.fit.strengths).all()
    assert won.value_of(0) == "left"
    even = bradley_terry(games([(0, "left"), (0, "right"), (1, "tie"), (1, "both_bad")], [(0, 1), (1, 0)], 2))
    assert even.state.tolist() == [TIED, TIED]
    assert even.candidates(0) == ("left", "right")


def test_no_order_of_rows_or_contestants_matters() -> None:
    answers, _, sides = league(7)
    rows = list(zip(answers.unit.tolist(), [FIELDS[code] for code in answers.value.tolist()], strict=True))
    found, mixed = bradley_terry(answers), bradley_terry(games(rows[::-1], sides, 6))
    assert found.confidence.tobytes() == mixed.confidence.tobytes()
    renamed = bradley_terry(games(rows, [(5 - a, 5 - b) for a, b in sides], 6))
    assert renamed.answer.tolist() == found.answer.tolist()
    assert renamed.confidence == pytest.approx(found.confidence)


@pytest.mark.parametrize("topic", ["firefox", "ban-plastic"])
def test_convincing_arguments(topic: str) -> None:
    """Strengths of arguments tell the published gold of a pair nearly as often as the pair's own five votes."""
    (path,) = shared("data", "convarg_pairs").glob(f"{topic}*.xml")
    pairs = list(ET.parse(path).getroot().iter("annotatedArgumentPair"))
    names: dict[str, int] = {}
    sides, rows, gold = [], [], []
    for unit, pair in enumerate(pairs):
        ends = [str(pair.findtext(f"{arg}/text")) for arg in ("arg1", "arg2")]
        sides.append(tuple(names.setdefault(text, len(names)) for text in ends))
        gold.append({"a1": "left", "a2": "right", "equal": "tie"}.get(str(pair.findtext("goldLabel"))))
        for answer in pair.iter("mTurkAssignment"):
            rows.append((unit, {"a1": "left", "a2": "right", "equal": "tie"}[str(answer.findtext("value"))]))
    answers = games(rows, sides, len(names))
    found, votes = bradley_terry(answers), majority(answers)
    decided = [unit for unit, label in enumerate(gold) if label in {"left", "right"}]
    right = [np.mean([one.value_of(unit) == gold[unit] for unit in decided]) for one in (found, votes)]
    assert right[0] > 0.8
    assert right[1] > 0.8
