"""Published cases, each within its tolerance; where a publication rounds wrongly, ours counts."""

import json
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from metrics.stats.alpha import alpha, coincidence
from metrics.stats.couples import pair_scores
from metrics.stats.labels import label_scores
from metrics.stats.meetings import Meetings
from metrics.stats.pairs import percent_agreement
from metrics.stats.patterns import Level
from metrics.stats.people import person_scores
from metrics.stats.table import AnswerTable
from metrics.stats.withholding import show_alpha
from tests.metrics.stats.build import LEVELS, Unit, columns, patterns, triples
from tests.paths import SHARED, shared

CASES_FILE = ("reference", "agreement_cases.json")


def _cases() -> list[dict[str, Any]]:
    path = SHARED.joinpath(*CASES_FILE)
    if not path.exists():
        return []
    cases: list[dict[str, Any]] = json.loads(path.read_text())["cases"]
    return cases


def units_of(data: dict[str, Any], params: dict[str, Any]) -> list[Unit]:
    if data["format"] == "named_matrices":
        return columns(data["matrices"][params["matrix"]])
    if data["format"] == "matrix":
        return columns(data["rows"])
    labels = data["labels"]
    if data["format"] == "counts":
        return [[labels[c] for c, n in enumerate(row) for _ in range(n)] for row in data["rows"]]
    table = data["counts"]
    return [[labels[a], labels[b]] for a, row in enumerate(table) for b, n in enumerate(row) for _ in range(n)]


def categories_of(data: dict[str, Any], units: list[Unit]) -> list[Any]:
    return data.get("labels") or sorted({value for unit in units for value in unit}, key=lambda v: (str(v), v))


def target_of(expect: dict[str, Any]) -> float | None:
    value: float | None = expect["published"] if expect["status"] == "agrees" else expect["computed"]
    return value


def _rows(metric: str) -> list[Any]:
    return [
        pytest.param(case, expect, id=f"{case['id']}-{index}")
        for case in _cases()
        for index, expect in enumerate(case["expect"])
        if expect["metric"] == metric and expect["params"].get("level", "nominal") in LEVELS
    ]


def test_the_reference_cases_are_there() -> None:
    shared(*CASES_FILE)
    assert len(_rows("krippendorff_alpha")) == 26


@pytest.mark.parametrize(("case", "expect"), _rows("krippendorff_alpha"))
def test_alpha_is_the_published_one(case: dict[str, Any], expect: dict[str, Any]) -> None:
    level: Level = expect["params"].get("level", "nominal")
    units = units_of(case["data"], expect["params"])
    result = alpha(patterns(units, level, categories_of(case["data"], units)), level)
    target = target_of(expect)
    if case["id"] == "degenerate":
        target = expect["computed"]
    if target is None:
        assert result.value is None
        assert result.undefined is not None
    else:
        assert result.value == pytest.approx(target, abs=expect["tolerance"])


@pytest.mark.parametrize(
    ("case", "expect"), [row for row in _rows("krippendorff_alpha") if row.values[0]["id"] == "degenerate"]
)
def test_degenerate_cases_are_withheld_with_a_reason(case: dict[str, Any], expect: dict[str, Any]) -> None:
    units = units_of(case["data"], expect["params"])
    result = alpha(patterns(units), "nominal")
    withheld = show_alpha(result.n_items, result.undefined).withheld
    assert withheld is not None
    assert withheld.sentence
    assert (withheld.n, withheld.needed) == (result.n_items, 20)
    expected = {
        "no_variation": "no_variation",
        "singletons_only": "no_pairable_units",
        "empty": "no_pairable_units",
    }
    assert withheld.reason == expected.get(expect["params"]["matrix"], "too_few_units")


@pytest.mark.parametrize(("case", "expect"), _rows("one_vs_rest_alpha"))
def test_one_vs_rest_alpha_is_the_published_one(case: dict[str, Any], expect: dict[str, Any]) -> None:
    scores = label_scores(patterns(units_of(case["data"], {})), replicates=10)
    score = next(score for score in scores if score.label == expect["params"]["label"])
    assert score.value == pytest.approx(target_of(expect), abs=expect["tolerance"])


@pytest.mark.parametrize(("case", "expect"), _rows("specific_agreement"))
def test_specific_agreement_is_the_published_one(case: dict[str, Any], expect: dict[str, Any]) -> None:
    scores = label_scores(patterns(units_of(case["data"], {})), replicates=10)
    score = next(score for score in scores if score.label == expect["params"]["label"])
    assert score.specific_agreement == pytest.approx(target_of(expect), abs=expect["tolerance"])


def table_of(case: dict[str, Any]) -> tuple[AnswerTable, dict[str, UUID]]:
    """The answers of a case, and its annotators by name."""
    people = {name: UUID(int=place) for place, name in enumerate(case["data"]["annotators"], 1)}
    rows = triples(case["data"]["rows"], case["data"]["annotators"])
    return AnswerTable.from_rows((UUID(int=0), UUID(int=unit), people[name], v) for unit, name, v in rows), people


@pytest.mark.parametrize(("case", "expect"), _rows("pairwise_alpha"))
def test_pairwise_alpha_is_the_computed_one(case: dict[str, Any], expect: dict[str, Any]) -> None:
    table, people = table_of(case)
    pairs = {frozenset((score.a, score.b)): score for score in pair_scores(table, "nominal", [1, 2, 3, 4, 5])}
    two = frozenset(people[name] for name in expect["params"]["annotators"])
    assert pairs[two].value == pytest.approx(target_of(expect), abs=expect["tolerance"])


@pytest.mark.parametrize(("case", "expect"), _rows("leave_one_annotator_out_alpha"))
def test_leave_one_out_alpha_is_the_computed_one(case: dict[str, Any], expect: dict[str, Any]) -> None:
    table, people = table_of(case)
    scores = person_scores(Meetings.of(table, "nominal", (1, 2, 3, 4, 5)), seed=1)
    left_out = people[expect["params"]["left_out"]]
    score = next(s for s in scores if table.annotators[s.annotator] == left_out)
    assert score.without.value == pytest.approx(target_of(expect), abs=expect["tolerance"])


@pytest.mark.parametrize(("case", "expect"), [*_rows("percent_agreement"), *_rows("observed_agreement")])
def test_percent_agreement_is_the_published_one(case: dict[str, Any], expect: dict[str, Any]) -> None:
    result = percent_agreement(patterns(units_of(case["data"], {})))
    assert result.value == pytest.approx(target_of(expect), abs=expect["tolerance"])


@pytest.mark.parametrize(("case", "expect"), _rows("coincidence_matrix"))
def test_coincidence_matrix_is_the_published_one(case: dict[str, Any], expect: dict[str, Any]) -> None:
    matrix = coincidence(patterns(units_of(case["data"], {})))
    target = expect["published"] if expect["published"] is not None else expect["computed"]
    assert matrix == pytest.approx(matrix.__class__(matrix.shape) * 0 + target, abs=expect["tolerance"])


def test_the_gwet_matrix_counts_units_with_two_ratings_only() -> None:
    shared(*CASES_FILE)
    case = next(case for case in _cases() if case["id"] == "gwet-raw-4raters")
    units = units_of(case["data"], {})
    assert percent_agreement(patterns(units)).n_items == sum(sum(Counter(u).values()) >= 2 for u in units)
