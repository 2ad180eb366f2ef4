"""Which methods there are, what they refuse, and what holds for all of them."""

import json
from typing import Any

import numpy as np
import pytest

from guidelines.schema.registry import KINDS
from metrics.stats.aggregation.answers import Answers, CannotAggregate, answer_of, written
from metrics.stats.aggregation.methods import METHODS, Method, aggregate, methods_for, shortfalls, software
from metrics.stats.aggregation.result import DECIDED, TIED, UNANSWERED
from metrics.stats.patterns import Value
from metrics.stats.sets import set_key
from metrics.stats.spans import span_key

TEXT = "a text of some words"
VALUES: dict[str, list[Value]] = {
    "nominal": ["a", "b", "c"],
    "ordinal": [1, 2, 3],
    "interval": [1, 2.5, 4],
    "ratio": [0, 1, 2],
    "masi": [set_key(labels) for labels in ("", "a", "ab")],
    "jaccard": [set_key(labels) for labels in ("", "a", "ab")],
    "ranking": [json.dumps(order) for order in ([["a"], ["b"]], [["b"], ["a"]], [["a", "b"]])],
    "boxes": [
        written([{"x": 0.1, "y": 0.1, "width": width, "height": 0.2, "label": "o"}]) for width in (0.2, 0.21, 0.4)
    ],
    "spans": [span_key([{"start": 0, "end": end, "label": "o"}], TEXT) for end in (3, 4, 5)],
    "token_edit": ["one", "one two", "three"],
}
EVERY = [(name, level) for name, method in METHODS.items() for level in sorted(method.levels)]


def answers_of(level: Any, units: list[list[int]], order: Any = None) -> Answers:
    """Units of value codes by annotators 0, 1, …; -1 is an opt-out."""
    rows = np.asarray(
        [(unit, person, value) for unit, given in enumerate(units) for person, value in enumerate(given)]
    ).reshape(-1, 3)
    if order is not None:
        rows = rows[order(len(rows))]
    declared = VALUES[level] if level in {"nominal", "ordinal"} else None
    sides = np.asarray([(unit % 2, 2) for unit in range(len(units))]).reshape(-1, 2)
    return Answers.of(
        level, *rows.T, VALUES[level], categories=declared, n_units=len(units), sides=sides, contestants=("x", "y", "z")
    )


def test_every_kind_of_question_has_a_method_and_the_plain_one_comes_first() -> None:
    assert {kind for method in METHODS.values() for kind in method.kinds} == set(KINDS)
    assert [methods_for(kind)[0].name for kind in ("choice", "rating", "preference")] == ["majority"] * 3
    first = {kind: methods_for(kind)[0].name for kind in KINDS}
    assert first["number"] == "median"
    assert first["multichoice"] == "per_label"
    assert first["spans"] == "span_majority"
    assert first["boxes"] == "box_consensus"
    assert first["ranking"] == "mean_rank"
    assert first["text"] == "medoid"


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_a_method_says_what_it_is_in_plain_sentences(method: Method) -> None:
    assert method.title
    assert method.source[-4:].isdigit()
    assert method.assumes.endswith(".")
    assert method.needs.startswith("At least")
    assert method.confidence
    assert method.settings({}) == {option.name: option.default for option in method.options}
    assert {"concord.aggregation", "numpy"} <= software(method).keys()


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_a_result_tells_all_there_is_to_store(name: str, level: str) -> None:
    units = [[0, 1, 1], [2, 2, 1], [0, 0, 0], [-1, -1], [], [1, 0, 2], [0]]
    found = aggregate(answers_of(level, units), name)
    assert found.n_units == 7
    assert found.state.tolist()[3:5] == [UNANSWERED, UNANSWERED]
    assert found.settings == METHODS[name].settings({})
    assert found.software["concord.aggregation"]
    for unit, state in enumerate(found.state.tolist()):
        assert (found.value_of(unit) is None) == (state != DECIDED)
        assert (found.answer[unit] == -1) == (state != DECIDED)
        for value in found.candidates(unit):
            answer_of(found.level, value)
        weights = [weight for _, weight in found.weights_of(unit)]
        assert weights == sorted(weights, reverse=True)
        assert not weights or sum(weights) == pytest.approx(1.0, abs=1e-4)
        if state != UNANSWERED and not np.isnan(found.confidence[unit]):
            assert 0 <= found.confidence[unit] <= 1 + 1e-9
    if METHODS[name].is_model:
        assert found.converged
        assert found.iterations
        assert found.log_likelihood is not None


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_no_order_of_rows_changes_a_bit(name: str, level: str) -> None:
    draw = np.random.default_rng(4)
    units = [draw.integers(-1, 3, draw.integers(0, 5)).tolist() for _ in range(25)]
    one, other = (aggregate(answers_of(level, units, order), name) for order in (None, draw.permutation))
    assert [one.value_of(unit) for unit in range(25)] == [other.value_of(unit) for unit in range(25)]
    assert one.state.tolist() == other.state.tolist()
    assert one.confidence.tobytes() == other.confidence.tobytes()
    assert (one.spread is None) == (other.spread is None)
    if one.spread is not None and other.spread is not None:
        assert one.spread.tobytes() == other.spread.tobytes()


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_nothing_at_all_and_a_single_annotator_are_no_trouble(name: str, level: str) -> None:
    if name != "bradley_terry":
        empty = aggregate(answers_of(level, []), name)
        assert (empty.n_units, empty.n_decided) == (0, 0)
        assert aggregate(answers_of(level, [[], []]), name).state.tolist() == [UNANSWERED] * 2
        alone = aggregate(answers_of(level, [[0], [1], [0]]), name)
        assert alone.n_units == 3
        assert not (alone.state == UNANSWERED).any()
        if not METHODS[name].is_model:
            assert alone.n_decided == 3


@pytest.mark.parametrize("name", ["majority", "median", "per_label", "span_majority", "medoid"])
def test_two_against_two_is_a_tie_and_never_the_first(name: str) -> None:
    for level in sorted(METHODS[name].levels - {"interval", "ratio"}):
        for pair in ([0, 2, 0, 2], [2, 0, 2, 0]):
            found = aggregate(answers_of(level, [pair]), name)
            assert found.state.tolist() == [TIED], level
            assert len(found.candidates(0)) == 2


def test_what_does_not_apply_is_refused_with_a_reason() -> None:
    votes = answers_of("nominal", [[0, 1]])
    nameless = Answers.of("nominal", [0], None, [0], ["a"])
    cases: list[tuple[Answers, str, dict[str, Any], str]] = [
        (votes, "oracle", {}, "unknown_method"),
        (votes, "median", {}, "wrong_level"),
        (nameless, "dawid_skene", {}, "no_identities"),
        (votes, "majority", {"smoothing": 1}, "unknown_setting"),
        (votes, "dawid_skene", {"smoothing": -1}, "unknown_setting"),
        (votes, "dawid_skene", {"smoothing": True}, "unknown_setting"),
        (votes, "dawid_skene", {"smoothing": float("nan")}, "unknown_setting"),
        (votes, "dawid_skene", {"smooth_below": 1.5}, "unknown_setting"),
        (votes, "mace", {"restarts": 0}, "unknown_setting"),
        (answers_of("ordinal", [[0]]), "median", {"middle": "first"}, "unknown_setting"),
    ]
    for answers, name, settings, reason in cases:
        with pytest.raises(CannotAggregate) as caught:
            aggregate(answers, name, settings)
        assert caught.value.reason == reason
        assert str(caught.value) == caught.value.sentence
        assert caught.value.sentence.endswith(".")


def test_settings_reach_the_method_and_the_result() -> None:
    votes = answers_of("nominal", [[0, 1, 1], [1, 1, 0], [2, 2, 2]])
    found = aggregate(votes, "dawid_skene", {"smoothing": 2, "max_iterations": 1})
    assert found.settings == {"smoothing": 2.0, "smooth_below": 30, "max_iterations": 1}
    assert (found.iterations, found.converged) == (1, False)


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.is_model])
def test_a_model_tells_of_its_rounds_and_can_be_stopped(name: str) -> None:
    level = sorted(METHODS[name].levels)[0]
    answers = answers_of(level, [[0, 1, 1], [1, 1, 0], [2, 2, 2], [0, 2, 1]])
    rounds: list[int] = []
    found = aggregate(answers, name, on_round=lambda: rounds.append(1))
    assert len(rounds) == found.iterations

    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        aggregate(answers, name, on_round=stop)


def test_what_falls_short_of_a_method_is_said_in_words() -> None:
    votes = answers_of("nominal", [[0, 1, 1], [1, 0], [], [2]])
    said = [shortfall.sentence for shortfall in shortfalls(votes, METHODS["dawid_skene"])]
    assert said == [
        "2 of 3 answered items have fewer than 3 answers.",
        "3 of 3 annotators have fewer than 30 items.",
    ]
    assert [shortfall.reason for shortfall in shortfalls(votes, METHODS["majority"])] == ["few_labels"]
    full = answers_of("nominal", [[0, 1, 1]] * 30)
    assert shortfalls(full, METHODS["dawid_skene"]) == []
