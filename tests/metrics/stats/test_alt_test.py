"""The alternative annotator test: a brute-force twin, SciPy as oracle, and simulations of its size and power."""

import json
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, ttest_1samp, wilcoxon

from metrics.stats.alt_test import (
    AltTest,
    Duels,
    alternative_annotator_test,
    benjamini_yekutieli,
    duels,
    others_of,
)
from metrics.stats.distances import text_distance
from metrics.stats.patterns import Level
from metrics.stats.sets import set_key
from metrics.stats.table import AnswerTable

ROUND = UUID(int=1)
MODEL = UUID(int=99)
Answers = dict[int, dict[int, Any]]
"""Item -> annotator (0 is the model) -> answer."""


def person(number: int) -> UUID:
    return MODEL if number == 0 else UUID(int=1000 + number)


def table_of(answers: Answers) -> AnswerTable:
    rows = [
        (ROUND, UUID(int=5000 + item), person(who), v) for item, given in answers.items() for who, v in given.items()
    ]
    return AnswerTable.from_rows(rows)


def fought(answers: Answers, level: Level = "nominal", categories: Any = None) -> tuple[AnswerTable, Duels]:
    table = table_of(answers)
    model = table.annotators.index(MODEL) if MODEL in table.annotators else -1
    return table, duels(table, model, level, categories)


def nominal(a: Any, b: Any) -> float:
    return float(a != b)


def by_hand(answers: Answers, far: Any = nominal) -> dict[UUID, list[tuple[bool, bool]]]:
    """Item by item and person by person, as the paper says it: mean closeness to the other people, ties to both."""
    found: dict[UUID, list[tuple[bool, bool]]] = {}
    for _, given_ in sorted(answers.items()):
        people = {who: value for who, value in given_.items() if who and value is not None}
        if given_.get(0) is None or len(people) < 2:
            continue
        for who, value in people.items():
            others = [other for name, other in people.items() if name != who]
            model = -np.mean([far(given_[0], other) for other in others])
            own = -np.mean([far(value, other) for other in others])
            tie = bool(np.isclose(model, own))
            found.setdefault(person(who), []).append((tie or bool(model > own), tie or bool(own > model)))
    return found


def told(table: AnswerTable, found: Duels) -> dict[UUID, list[tuple[bool, bool]]]:
    rows: dict[UUID, list[tuple[bool, bool]]] = {}
    for who, model, own in zip(found.annotator.tolist(), found.model.tolist(), found.person.tolist(), strict=True):
        rows.setdefault(table.annotators[who], []).append((model, own))
    return rows


given_answers = st.dictionaries(
    st.integers(0, 8), st.dictionaries(st.integers(0, 4), st.sampled_from([None, 1, 2, 3]), max_size=5), max_size=9
)


@given(given_answers)
def test_nominal_duels_are_those_by_hand(answers: Answers) -> None:
    table, found = fought(answers)
    assert told(table, found) == by_hand(answers)


@given(given_answers)
def test_interval_duels_are_those_of_the_root_mean_square(answers: Answers) -> None:
    """The paper takes the negative root; the mean of squares has the same order."""
    table, found = fought(answers, "interval")
    assert told(table, found) == by_hand(answers, lambda a, b: (a - b) ** 2)


def test_large_crowds_are_counted_by_value_and_not_person_by_person() -> None:
    """Work grows with answers times labels: a thousand people on one item are no million meetings."""
    rng = np.random.default_rng(4)
    answers: Answers = {item: {who: int(rng.integers(1, 4)) for who in range(41)} for item in range(3)}
    table, found = fought(answers)
    assert told(table, found) == by_hand(answers)
    assert others_of(table_of(answers))[0].size <= 3 * 41 * 3


def test_ordinal_distances_follow_what_people_used_and_the_declared_order() -> None:
    used = [10, 1, 1]
    answers: Answers = {item: {1: "low", 2: "low", 3: "low", 0: "low"} for item in range(3)}
    answers[9] = {0: "mid", 1: "low", 2: "high", 3: "high"}
    ranks = {"low": used[0] / 2, "mid": 10 + 0.5, "high": 11 + 1}

    def far(a: str, b: str) -> float:
        return (ranks[a] - ranks[b]) ** 2

    table, found = fought(answers, "ordinal", ("low", "mid", "high"))
    assert told(table, found) == by_hand(answers, far)
    assert found.n_items == 4


def test_sets_and_texts_are_measured_by_their_likeness() -> None:
    keys = [set_key(labels) for labels in (["a"], ["a", "b"], ["c"], [])]
    sets: Answers = {n: {0: keys[n % 4], 1: keys[0], 2: keys[(n + 1) % 4], 3: keys[n % 2]} for n in range(8)}
    table, found = fought(sets, "masi", ())
    share = {(a, b): 1 - _masi(a, b) for a in keys for b in keys}
    assert told(table, found) == by_hand(sets, lambda a, b: share[a, b])
    words = ["the cat sat", "a cat sat down", "no cat", "The cat sat."]
    texts: Answers = {n: {0: words[n % 4], 1: words[0], 2: words[(n + 2) % 4], 3: words[3]} for n in range(6)}
    table, found = fought(texts, "token_edit", ())
    assert told(table, found) == by_hand(texts, text_distance)


def _masi(a: str, b: str) -> float:
    left, right = set(json.loads(a)), set(json.loads(b))
    if not left | right:
        return 1.0
    nested = 1 if left == right else 2 / 3 if left <= right or right <= left else 1 / 3 if left & right else 0
    return len(left & right) / len(left | right) * nested


def test_opt_outs_lone_people_and_items_without_the_model_are_left_out() -> None:
    table, found = fought({1: {0: 1, 1: 1}, 2: {1: 1, 2: 1}, 3: {0: None, 1: 1, 2: 1}, 4: {0: 1, 1: 1, 2: None, 3: 2}})
    assert found.n_items == 1
    assert {str(table.annotators[who]) for who in found.annotator.tolist()} == {str(person(1)), str(person(3))}
    _, nothing = fought({1: {1: 1, 2: 1}})
    result = alternative_annotator_test(nothing, epsilon=0.1)
    assert (result.n_items, result.comparisons, result.passes) == (0, (), None)


def rows_of(*people: tuple[int, int, int]) -> Duels:
    """For each person how many items the model wins alone, the person wins alone, and both win."""
    annotator, model, own = [], [], []
    for who, (by_model, by_person, ties) in enumerate(people):
        annotator += [who] * (by_model + by_person + ties)
        model += [True] * by_model + [False] * by_person + [True] * ties
        own += [False] * by_model + [True] * by_person + [True] * ties
    return Duels(np.asarray(annotator, np.int32), np.asarray(model, bool), np.asarray(own, bool), max(map(sum, people)))


PEOPLE = ((30, 5, 15), (12, 20, 40), (2, 2, 40), (0, 0, 35), (1, 29, 1), (9, 3, 17), (3, 12, 10))


def test_p_values_are_those_of_scipy() -> None:
    result = alternative_annotator_test(rows_of(*PEOPLE), epsilon=0.15, least_items=2)
    expected = []
    for by_model, by_person, ties in PEOPLE:
        d = np.asarray([-1.0] * by_model + [1.0] * by_person + [0.0] * ties)
        if d.size < 30:
            expected.append(wilcoxon(d - 0.15, alternative="less").pvalue)
        else:
            expected.append(ttest_1samp(d, 0.15, alternative="less").pvalue if d.any() else 0.0)
    assert [one.p_value for one in result.comparisons] == pytest.approx(expected, abs=1e-9)
    assert [one.adjusted for one in result.comparisons] == pytest.approx(false_discovery_control(expected, method="by"))
    assert [one.test for one in result.comparisons] == ["t"] * 5 + ["wilcoxon"] * 2
    first = result.comparisons[0]
    assert (first.model, first.person, first.difference) == pytest.approx((45 / 50, 20 / 50, -0.5))
    replaced = [one.replaces for one in result.comparisons]
    assert replaced == [one.adjusted is not None and one.adjusted <= 0.05 for one in result.comparisons]
    assert result.winning_rate == pytest.approx(np.mean(replaced))
    assert result.advantage == pytest.approx(np.mean([one.model for one in result.comparisons]))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_false_discoveries_are_controlled_as_scipy_does(p_values: list[float]) -> None:
    assert benjamini_yekutieli(np.asarray(p_values)) == pytest.approx(false_discovery_control(p_values, method="by"))


def test_too_few_items_or_people_give_no_verdict() -> None:
    result = alternative_annotator_test(rows_of((29, 0, 0), (20, 0, 20), (20, 0, 20)), epsilon=0.2)
    assert (result.n_tested, result.passes, result.winning_rate, result.advantage) == (2, None, None, None)
    few = result.comparisons[0]
    assert (few.n, few.p_value, few.test, few.replaces) == (29, None, None, False)
    assert few.model == pytest.approx(1.0)
    assert alternative_annotator_test(rows_of(*[(20, 0, 20)] * 3), epsilon=0.2).passes is True


@pytest.mark.parametrize("epsilon", [-0.1, 1.0, float("nan")])
def test_epsilon_is_a_share(epsilon: float) -> None:
    with pytest.raises(ValueError, match="Epsilon"):
        alternative_annotator_test(rows_of((20, 0, 20)), epsilon=epsilon)


def test_half_of_the_annotators_is_enough() -> None:
    good, bad = (20, 0, 30), (0, 45, 5)
    assert alternative_annotator_test(rows_of(good, good, bad, bad), epsilon=0.1).passes is True
    assert alternative_annotator_test(rows_of(good, bad, bad), epsilon=0.1).passes is False


def test_more_items_are_named_where_they_could_help_and_not_where_they_cannot() -> None:
    close, far, won = alternative_annotator_test(
        rows_of((10, 12, 38), (5, 45, 10), (30, 0, 30)), epsilon=0.2
    ).comparisons
    assert close.items_needed is not None
    assert close.n < close.items_needed < 1000
    assert far.items_needed is None
    assert won.items_needed is None
    factor = close.items_needed / close.n
    more = (round(10 * factor * 1.05), round(12 * factor * 1.05), round(38 * factor * 1.05))
    again = alternative_annotator_test(rows_of(more, more, more), epsilon=0.2)
    assert again.passes is True


# --- Simulations -------------------------------------------------------------------------------------------------


def simulated(
    generator: np.random.Generator, *, people: int, items: int, noise: float, model_noise: float, labels: int = 4
) -> Answers:
    """Everybody gives the item's label, or one at random with his chance of noise."""
    truth = generator.integers(0, labels, items)
    noises = [model_noise, *[noise] * people]
    given_ = [
        np.where(generator.random(items) < chance, generator.integers(0, labels, items), truth) for chance in noises
    ]
    return {item: {who: int(answers[item]) for who, answers in enumerate(given_)} for item in range(items)}


def tried(generator: np.random.Generator, epsilon: float = 0.2, **how: Any) -> AltTest:
    _, found = fought(simulated(generator, **how))
    return alternative_annotator_test(found, epsilon=epsilon)


def test_a_model_that_answers_as_people_do_passes() -> None:
    generator = np.random.default_rng(1)
    results = [tried(generator, people=3, items=100, noise=0.2, model_noise=0.2) for _ in range(100)]
    assert np.mean([result.passes for result in results]) >= 0.9
    assert np.mean([result.advantage for result in results]) == pytest.approx(0.85, abs=0.1)


def test_a_copy_of_one_annotator_passes() -> None:
    generator = np.random.default_rng(2)
    passed = []
    for _ in range(50):
        answers = simulated(generator, people=4, items=100, noise=0.2, model_noise=0.2)
        copied = {item: {**given_, 0: given_[1]} for item, given_ in answers.items()}
        passed.append(alternative_annotator_test(fought(copied)[1], epsilon=0.2).passes)
    assert np.mean(passed) >= 0.9


def test_a_model_that_guesses_fails() -> None:
    generator = np.random.default_rng(3)
    results = [tried(generator, people=3, items=100, noise=0.2, model_noise=1.0) for _ in range(50)]
    assert not any(result.passes for result in results)


def test_without_an_allowance_a_model_as_good_as_people_rarely_passes() -> None:
    """At epsilon 0 and equal quality the hypothesis of each annotator holds at its edge."""
    generator = np.random.default_rng(4)
    results = [tried(generator, 0.0, people=3, items=60, noise=0.3, model_noise=0.3) for _ in range(200)]
    assert np.mean([result.passes for result in results]) <= 0.05


def test_the_size_at_the_edge_is_the_promised_one() -> None:
    """d is 1, -1 or 0 with mean exactly epsilon: an annotator is wrongly given up in about 5 % of the cases."""
    generator = np.random.default_rng(5)
    wrong = []
    for _ in range(2000):
        model, own, ties = generator.multinomial(60, (0.2, 0.35, 0.45))
        (one,) = alternative_annotator_test(
            rows_of((int(model), int(own), int(ties))), epsilon=0.15, least_annotators=1
        ).comparisons
        wrong.append(one.replaces)
    assert 0.03 <= np.mean(wrong) <= 0.07


def test_power_grows_with_items_and_with_epsilon() -> None:
    def power(items: int, epsilon: float) -> float:
        generator = np.random.default_rng(6)
        results = [tried(generator, epsilon, people=3, items=items, noise=0.2, model_noise=0.3) for _ in range(60)]
        return float(np.mean([result.passes for result in results]))

    few, many, lenient = power(40, 0.15), power(200, 0.15), power(40, 0.3)
    assert few < many
    assert few < lenient
