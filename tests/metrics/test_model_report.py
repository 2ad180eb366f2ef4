"""What a test of a model says, whatever kind of question: beside figures that are counted plainly."""

import json
from collections import Counter
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from metrics.measure import sample_of
from metrics.modelreport import Trial, model_report
from metrics.questions import Measured
from metrics.stats.alpha import alpha
from metrics.stats.pairs import percent_agreement
from metrics.stats.patterns import Level
from metrics.stats.sets import set_key
from metrics.stats.spans import span_key
from metrics.stats.table import AnswerTable
from metrics.stats.withholding import Minimums

ROUND, MODEL, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
PEOPLE = [UUID(int=10 + n) for n in range(3)]
N = 40


def box(place: int, label: str = "car") -> dict[str, Any]:
    return {"x": place / 10, "y": 0.1, "width": 0.2, "height": 0.2, "label": label}


TEXT = "It was not what I had hoped for"
VALUES: dict[Level, list[Any]] = {
    "nominal": ["a", "b", "c", "d"],
    "ordinal": [1, 2, 3, 4],
    "interval": [1.0, 2.5, 7.0, 7.5],
    "masi": [set_key(labels) for labels in (["a"], ["a", "b"], ["c"], [])],
    "ranking": [json.dumps(order) for order in ([["a"], ["b"], ["c"]], [["b"], ["a"], ["c"]], [["c"], ["b"], ["a"]])],
    "spans": [span_key([{"start": s, "end": s + 3, "label": "X"}], TEXT) for s in (0, 2, 9)],
    "boxes": [json.dumps([box(0)]), json.dumps([box(0), box(5)]), json.dumps([box(6)]), json.dumps([])],
    "token_edit": ["a red car", "a red van", "two people", "nothing"],
}


def asked(level: Level) -> Measured:
    labels = {"masi": ("a", "b", "c"), "spans": ("X",), "boxes": ("car",)}.get(level, ())
    open_ = level in {"masi", "ranking", "spans", "boxes", "token_edit"}
    categories = () if open_ else None if level in {"interval", "ratio"} else tuple(VALUES[level])
    return Measured("q", "Q", level, categories, {}, True, labels)


def answers(level: Level, *, noise: float = 0.25, model_noise: float = 0.25) -> list[tuple[UUID, UUID, UUID, Any]]:
    generator, values = np.random.default_rng(7), VALUES[level]
    rows = []
    for item in range(N):
        for who, chance in ((MODEL, model_noise), (OTHER, 1.0), *((person, noise) for person in PEOPLE)):
            place = item % len(values) if generator.random() >= chance else int(generator.integers(0, len(values)))
            rows.append((ROUND, UUID(int=1000 + item), who, values[place]))
    return rows


def report(level: Level, rows: list[Any], gold: dict[UUID, Any] | None = None, **more: Any) -> dict[str, Any]:
    trial = Trial(MODEL, frozenset({MODEL, OTHER}), more.pop("epsilon", 0.2), 5, more.pop("minimums", Minimums()))
    return model_report(asked(level), AnswerTable.from_rows(rows, **more), gold or {}, trial, lambda: None)


def plain(level: Level, rows: list[Any], people: list[UUID]) -> Any:
    """The sample of these people's answers, counted one by one."""
    units: dict[UUID, Counter[Any]] = {}
    for _, item, who, value in rows:
        if who in people:
            units.setdefault(item, Counter())[value] += 1
    return sample_of(asked(level), [([[value, n] for value, n in counts.items()], 1) for counts in units.values()])


@pytest.mark.parametrize("level", list(VALUES))
def test_each_kind_is_tested_and_figures_are_those_counted_plainly(level: Level) -> None:
    rows = answers(level)
    result = report(level, rows)
    assert (result["n_items"], result["n_annotators"], result["n_tested"], result["model_items"]) == (N, 3, 3, N)
    for name, people in (("people", PEOPLE), ("together", [MODEL, *PEOPLE])):
        sample = plain(level, rows, people)
        assert result[name]["value"] == pytest.approx(alpha(sample.patterns, level).value)
        assert result[name]["n_annotators"] == len(people)
    for row in result["annotators"]:
        sample = plain(level, rows, [MODEL, UUID(row["annotator"])])
        found = row["agreement"]
        assert found["value"] == pytest.approx(alpha(sample.patterns, level).value)
        assert found["ci_low"] <= found["value"] <= found["ci_high"]
        if found["percent"] is not None:
            assert found["percent"] == pytest.approx(percent_agreement(sample.patterns).value)
    assert json.loads(json.dumps(result)) == result


@pytest.mark.parametrize("level", list(VALUES))
def test_a_good_model_passes_and_a_guessing_one_does_not(level: Level) -> None:
    assert report(level, answers(level, noise=0.4, model_noise=0.0))["answer"] == "yes"
    assert report(level, answers(level, noise=0.0, model_noise=1.0))["answer"] == "no"


def test_labels_without_known_people_are_left_out() -> None:
    result = report("nominal", answers("nominal"), identities={ROUND: "slot"})
    assert (result["answer"], result["undefined"]) == ("not_enough_data", "no_pairable_units")
    assert result["annotators"] == []
    assert (result["people"]["value"], result["people"]["undefined"]) == (None, "no_pairable_units")


def test_nothing_at_all() -> None:
    result = report("nominal", [])
    assert (result["answer"], result["model_items"], result["gold"]["model"]["n"]) == ("not_enough_data", 0, 0)


def test_negative_numbers_on_a_ratio_scale_have_no_test() -> None:
    rows = [(ROUND, UUID(int=1000 + n), who, float(n % 3 - 1)) for n in range(N) for who in (MODEL, *PEOPLE)]
    result = report("ratio", rows)
    assert (result["answer"], result["undefined"], result["needed"]) == ("not_enough_data", "negative_values", None)
    assert result["n_replaced"] == 0
    for row in result["annotators"]:
        assert (row["undefined"], row["model"], row["replaces"], row["p_value"]) == (
            "negative_values",
            None,
            None,
            None,
        )


def test_who_cannot_be_tested_is_neither_replaced_nor_not() -> None:
    """A test takes two items, however low the project has set its limit."""
    rows = [(ROUND, UUID(int=1000 + n), who, "a") for n in range(3) for who in (MODEL, *PEOPLE[:2])]
    rows += [(ROUND, UUID(int=1000), PEOPLE[2], "b")]
    result = report("nominal", rows, minimums=Minimums(annotator_units=1))
    told = {UUID(row["annotator"]): (row["n"], row["model"], row["replaces"]) for row in result["annotators"]}
    assert told[PEOPLE[2]] == (1, 1.0, None)
    assert told[PEOPLE[0]][2] is not None


def test_everybody_of_one_mind() -> None:
    rows = [(ROUND, UUID(int=1000 + n), who, "a") for n in range(N) for who in (MODEL, *PEOPLE)]
    result = report("nominal", rows)
    assert result["answer"] == "yes", "nobody is closer than the model"
    assert result["people"]["undefined"] == "no_variation"
    assert {row["agreement"]["undefined"] for row in result["annotators"]} == {"no_variation"}
    assert report("nominal", rows, epsilon=0.0)["answer"] == "no", "without an allowance a tie shows nothing"


@pytest.mark.parametrize(("level", "alike"), [("nominal", None), ("token_edit", pytest.approx(2 / 3))])
def test_gold_counts_equal_answers_and_how_alike_the_others_are(level: Level, alike: Any) -> None:
    first, second = VALUES[level][:2]
    rows = [(ROUND, UUID(int=1000 + n), who, first) for n in range(N) for who in (MODEL, *PEOPLE)]
    gold = {UUID(int=1000): second, UUID(int=999): second}
    found = report(level, rows, gold)["gold"]
    assert (found["model"]["right"], found["model"]["n"], found["people"]["n"]) == (0, 1, 3)
    assert found["model"]["likeness"] == alike
    right = report(level, rows, {UUID(int=1001): first})["gold"]["model"]
    assert (right["right"], right["share"], right["ci_high"]) == (1, 1.0, 1.0)
