"""Published cases of the coefficients beside alpha, of unitising and of consensus, each within its tolerance."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from metrics.stats.aggregation.dawid_skene import dawid_skene
from metrics.stats.aggregation.result import Aggregate
from metrics.stats.alpha import alpha_by
from metrics.stats.icc import Form, icc, mean_squares
from metrics.stats.kappas import (
    CountTable,
    alpha_error,
    bennett_s,
    category_kappa,
    cohen,
    conger,
    counts_of_table,
    fleiss_error_1971,
    many_raters,
    scott_pi,
)
from metrics.stats.unitizing import UnitizingAlpha, alpha_unitizing
from tests.metrics.stats import test_reference_cases as first
from tests.metrics.stats.build import patterns, voted
from tests.metrics.stats.test_reference_cases import CASES_FILE, _cases, target_of, units_of
from tests.paths import shared


def table_of(case: dict[str, Any], params: dict[str, Any]) -> Any:
    data = case["data"]
    counts = data["tables"][params["table"]] if data["format"] == "contingency_pair" else data["counts"]
    return np.asarray(counts, dtype=np.int64)


def rows_of(case: dict[str, Any], params: dict[str, Any]) -> CountTable:
    """Counts of labels per unit, units with a single answer included."""
    data = case["data"]
    if data["format"].startswith("contingency"):
        return CountTable(*counts_of_table(table_of(case, params)))
    if data["format"] == "counts":
        counts = np.asarray(data["rows"], dtype=np.int64)
    else:
        units = [unit for unit in units_of(data, params) if unit]
        labels = sorted({value for unit in units for value in unit})
        counts = np.asarray([[unit.count(label) for label in labels] for unit in units], dtype=np.int64)
    return CountTable(counts, np.ones(len(counts), dtype=np.int64))


def answers_of(case: dict[str, Any], params: dict[str, Any]) -> tuple[Any, int]:
    """Units x annotators with the places of the labels, -1 where missing."""
    rows = case["data"]["rows"]
    labels = sorted({value for row in rows for value in row if value is not None})
    return np.asarray(
        [[labels.index(v) if v is not None else -1 for v in unit] for unit in zip(*rows, strict=True)]
    ), len(labels)


def scales_of(case: dict[str, Any], form: Form) -> float:
    return float(icc(mean_squares(np.asarray(case["data"]["rows"], dtype=np.float64).T), form)[0])


def unitised(case: dict[str, Any], params: dict[str, Any]) -> UnitizingAlpha:
    data = case["data"]
    observers: list[dict[str, list[tuple[int, int]]]] = [{}, {}]
    for category, found in data["units"].items():
        for observer in found:
            spans = [(begin, begin + length) for begin, length in observer["spans_begin_length"]]
            observers[observer["annotator"] - 1][category] = spans
    category = None if params["category"] == "all" else params["category"]
    return alpha_unitizing(observers, data["begin"], data["begin"] + data["length"], category)


def consensus(case: dict[str, Any]) -> Aggregate:
    responses = case["data"]["responses"]
    counts = np.zeros((len(responses), 5, 4), dtype=np.int64)
    for patient, observers in responses.items():
        for observer, grades in observers.items():
            for grade in grades:
                counts[int(patient) - 1, int(observer) - 1, grade - 1] += 1
    return dawid_skene(voted(counts))


def weighted(case: dict[str, Any], params: dict[str, Any]) -> float | None:
    return cohen(table_of(case, params), np.asarray(params["disagreement_weights"], dtype=np.float64)).value


def expected_agreement(case: dict[str, Any], params: dict[str, Any]) -> float | None:
    if case["data"]["format"] == "counts":
        return many_raters(rows_of(case, params), "fleiss").expected
    return cohen(table_of(case, params)).expected


def by_custom_distance(case: dict[str, Any], params: dict[str, Any]) -> float | None:
    data = patterns(units_of(case["data"], {}), "nominal", params["labels"])
    return alpha_by(data, np.asarray(params["distance_matrix"])).value


def error_of(case: dict[str, Any], error: float | None) -> float | None:
    """Gwet's formulas for tables of two annotators divide by n where those for raw answers divide by n - 1."""
    if error is None or not case["data"]["format"].startswith("contingency"):
        return error
    n = table_of(case, {}).sum()
    return float(error * np.sqrt((n - 1) / n))


Compute = Callable[[dict[str, Any], dict[str, Any]], Any]
SECONDS: dict[str, Compute] = {
    "cohen_kappa": lambda c, p: cohen(table_of(c, p)).value,
    "cohen_kappa_se": lambda c, p: cohen(table_of(c, p)).error,
    "cohen_kappa_weighted": weighted,
    "expected_agreement": expected_agreement,
    "scott_pi": lambda c, p: scott_pi(table_of(c, p)).value,
    "scott_pi_se": lambda c, p: error_of(c, many_raters(rows_of(c, p), "fleiss").error),
    "bennett_s": lambda c, p: bennett_s(table_of(c, p)).value,
    "brennan_prediger": lambda c, p: many_raters(rows_of(c, p), "brennan_prediger").value,
    "brennan_prediger_se": lambda c, p: error_of(c, many_raters(rows_of(c, p), "brennan_prediger").error),
    "gwet_ac1": lambda c, p: many_raters(rows_of(c, p), "ac1").value,
    "gwet_ac1_se": lambda c, p: error_of(c, many_raters(rows_of(c, p), "ac1").error),
    "fleiss_kappa": lambda c, p: many_raters(rows_of(c, p), "fleiss").value,
    "fleiss_kappa_missing": lambda c, p: many_raters(rows_of(c, p), "fleiss").value,
    "fleiss_kappa_missing_se": lambda c, p: many_raters(rows_of(c, p), "fleiss").error,
    "fleiss_kappa_se_1971": lambda c, p: fleiss_error_1971(rows_of(c, p)),
    "fleiss_kappa_category": lambda c, p: category_kappa(rows_of(c, p), c["data"]["labels"].index(p["label"])),
    "conger_kappa": lambda c, p: conger(*answers_of(c, p)).value,
    "conger_kappa_se": lambda c, p: conger(*answers_of(c, p)).error,
    "krippendorff_alpha_se": lambda c, p: error_of(c, alpha_error(rows_of(c, p))),
    "krippendorff_alpha": by_custom_distance,
    "icc_1_1": lambda c, p: scales_of(c, "1,1"),
    "icc_2_1": lambda c, p: scales_of(c, "2,1"),
    "icc_3_1": lambda c, p: scales_of(c, "3,1"),
    "icc_1_k": lambda c, p: scales_of(c, "1,k"),
    "icc_2_k": lambda c, p: scales_of(c, "2,k"),
    "icc_3_k": lambda c, p: scales_of(c, "3,k"),
    "alpha_u": lambda c, p: unitised(c, p).value,
    "alpha_u_observed": lambda c, p: unitised(c, p).observed,
    "alpha_u_expected": lambda c, p: unitised(c, p).expected,
    "dawid_skene_class_marginal": lambda c, p: consensus(c).fit.shares[p["class"] - 1],
    "dawid_skene_loglik": lambda c, p: consensus(c).log_likelihood,
    "dawid_skene_confusion": lambda c, p: consensus(c).fit.confusion[p["observer"] - 1].tolist(),
    "dawid_skene_map_class": lambda c, p: {
        str(place + 1): int(best) + 1 for place, best in enumerate(consensus(c).answer)
    },
    "dawid_skene_posterior_not_certain": lambda c, p: {
        str(place + 1): [row.get(value, 0.0) for value in range(4)]
        for place, row in enumerate(dict(consensus(c).weights_of(unit)) for unit in range(45))
        if max(row.values()) < 0.9995
    },
}


def _rows() -> list[Any]:
    return [
        pytest.param(case, expect, id=f"{case['id']}-{expect['metric']}-{index}")
        for case in _cases()
        for index, expect in enumerate(case["expect"])
        if expect["metric"] in SECONDS
        and (expect["metric"] != "krippendorff_alpha" or expect["params"].get("level") == "custom")
    ]


def executed() -> set[tuple[str, str]]:
    """Every figure that a test of this module or of the first is given, and those of the sets, which have their own."""
    found = set()
    for test in (*vars(first).values(), test_the_figure_is_the_published_one):
        for mark in getattr(test, "pytestmark", ()):
            if mark.name == "parametrize" and tuple(mark.args[0]) == ("case", "expect"):
                found |= {_name(*row.values) for row in mark.args[1]}
    sets = next(case for case in _cases() if case["id"] == "masi-set-distance")
    return found | {_name(sets, expect) for expect in sets["expect"]}


def _name(case: dict[str, Any], expect: dict[str, Any]) -> tuple[str, str]:
    return case["id"], json.dumps(expect, sort_keys=True)


def test_no_published_figure_is_left_out() -> None:
    shared(*CASES_FILE)
    published = {_name(case, expect) for case in _cases() for expect in case["expect"]}
    assert executed() == published
    assert (len(published), len(_cases())) == (127, 21)


@pytest.mark.parametrize(("case", "expect"), _rows())
def test_the_figure_is_the_published_one(case: dict[str, Any], expect: dict[str, Any]) -> None:
    value, target = SECONDS[expect["metric"]](case, expect["params"]), target_of(expect)
    tolerance = max(expect["tolerance"], 1e-12)
    if isinstance(target, dict):
        assert value.keys() == target.keys()
        for key, wanted in target.items():
            assert value[key] == pytest.approx(wanted, abs=tolerance)
    elif isinstance(target, list):
        assert np.asarray(value) == pytest.approx(np.asarray(target), abs=tolerance)
    else:
        assert value == pytest.approx(target, abs=tolerance)
