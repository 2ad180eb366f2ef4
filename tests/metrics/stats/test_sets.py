"""Set distances and alpha over sets: published cases, the data of two guideline versions, the definition."""

import csv
import json
from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pytest

from metrics.stats.alpha import alpha, package_alpha
from metrics.stats.bootstrap import bootstrap_alpha
from metrics.stats.labels import label_scores
from metrics.stats.patterns import Patterns
from metrics.stats.sets import SetLevel, labels_in, set_distance, set_key
from tests.metrics.stats.rows import item_disagreement, pair_matrix
from tests.paths import shared

LEVELS: tuple[SetLevel, ...] = ("masi", "jaccard")


def build(units: list[list[list[str]]], level: SetLevel) -> Patterns:
    counted = [Counter(set_key(value) for value in unit) for unit in units]
    return Patterns.from_units(counted, sorted({key for unit in counted for key in unit}), level)


def plain_distance(level: SetLevel, a: frozenset[str], b: frozenset[str]) -> float:
    """The definition, written out a second time."""
    if not a | b:
        return 0.0
    index = len(a & b) / len(a | b)
    if level == "jaccard":
        return 1 - index
    m = 1.0 if a == b else 2 / 3 if a <= b or b <= a else 1 / 3 if a & b else 0.0
    return 1 - index * m


def plain_alpha(units: list[list[list[str]]], level: SetLevel) -> float:
    """Mean distance within units against mean distance over all pairs of values."""
    sets = [[frozenset(value) for value in unit] for unit in units if len(unit) >= 2]
    values = [value for unit in sets for value in unit]
    n = len(values)
    within = (
        sum(2 * plain_distance(level, a, b) / (len(unit) - 1) for unit in sets for a, b in combinations(unit, 2)) / n
    )
    overall = 2 * sum(plain_distance(level, a, b) for a, b in combinations(values, 2)) / (n * (n - 1))
    return 1 - within / overall


def test_the_published_distances_and_alphas() -> None:
    cases = json.loads(shared("reference", "agreement_cases.json").read_text())["cases"]
    case = next(case for case in cases if case["id"] == "masi-set-distance")
    units = [[value for value in row if value is not None] for row in case["data"]["rows"]]
    seen = Counter()
    for expect in case["expect"]:
        target = expect["published"] if expect["status"] == "agrees" else expect["computed"]
        seen[expect["metric"]] += 1
        if expect["metric"] == "masi_distance":
            a, b = (frozenset(map(str, expect["params"][side])) for side in ("a", "b"))
            assert set_distance("masi", a, b) == pytest.approx(target, abs=max(expect["tolerance"], 1e-12))
        else:
            level = expect["params"]["level"]
            assert alpha(build(units, level), level).value == pytest.approx(target, abs=expect["tolerance"])
    assert seen == {"masi_distance": 7, "krippendorff_alpha": 2}


def test_jaccard_is_not_squared_and_empty_sets_are_equal() -> None:
    assert set_distance("jaccard", {"a"}, {"a", "b"}) == 0.5
    assert set_distance("jaccard", set(), set()) == 0.0
    assert set_distance("jaccard", set(), {"a"}) == 1.0


def test_a_key_does_not_depend_on_the_order() -> None:
    assert set_key(["b", "ä", "a"]) == set_key(["ä", "a", "b", "b"])
    assert labels_in(set_key(["b", 'say "x"', "a"])) == ["a", "b", 'say "x"']
    assert labels_in("left over") == ["left over"]


# Recomputed figures of the data set's own page: column -> alpha by Jaccard and by MASI.
CHEC = [
    ("iaa-v1.csv", "system_task", 0.166, 0.166),
    ("iaa-v1.csv", "op_form", 0.111, 0.111),
    ("iaa-v1.csv", "criterion_paraphrase", 0.198, 0.147),
    ("iaa-v2_double-annotations.csv", "system_task", 0.527, 0.509),
    ("iaa-v2_double-annotations.csv", "op_form", 0.466, 0.398),
    ("iaa-v2_single-annotations.csv", "op_form", 0.270, 0.252),
    ("iaa-v2_single-annotations_expert.csv", "system_task", 0.714, 0.714),
    ("iaa-v2_single-annotations_expert.csv", "criterion_paraphrase", 0.196, 0.093),
]


def chec(file: str, column: str) -> list[list[list[str]]]:
    """Papers x annotators, each the set of all entries of a column."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    with shared("data", "chec_guideline_rounds", file).open(encoding="utf-8-sig", newline="") as rows:
        for row in csv.DictReader(rows):
            found[row["key"]][row["source_spreadsheet"]].add(row[column])
    return [[sorted(value) for value in paper.values()] for paper in found.values()]


@pytest.mark.parametrize(("file", "column", "jaccard", "masi"), CHEC)
def test_two_versions_of_a_real_guideline(file: str, column: str, jaccard: float, masi: float) -> None:
    units = chec(file, column)
    for level, target in zip(LEVELS, (masi, jaccard), strict=True):
        result = alpha(build(units, level), level)
        assert result.value == pytest.approx(plain_alpha(units, level), abs=1e-12)
        assert result.value == pytest.approx(target, abs=0.0006)


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_is_the_definition_on_random_sets(level: SetLevel) -> None:
    draw = np.random.default_rng(7)
    labels = list("abcde")
    units = [
        [[label for label in labels if draw.random() < 0.4] for _ in range(int(draw.integers(1, 5)))] for _ in range(60)
    ]
    found = alpha(build(units, level), level)
    assert found.value == pytest.approx(plain_alpha(units, level), abs=1e-12)
    assert package_alpha(build(units, level), level).computed_by == "concord"


@pytest.mark.parametrize("level", LEVELS)
def test_the_interval_holds_the_value_and_is_the_same_twice(level: SetLevel) -> None:
    units = [[["a"], ["a", "b"]], [["b"], ["b"]], [["a", "c"], ["a", "c"]], [["c"], ["a"]]] * 15
    patterns = build(units, level)
    value, first = alpha(patterns, level).value, bootstrap_alpha(patterns, level, 400, seed=3)
    assert first == bootstrap_alpha(patterns, level, 400, seed=3)
    assert value is not None
    assert first.low is not None
    assert first.high is not None
    assert first.low < value < first.high


def test_sets_without_variation_have_a_reason() -> None:
    assert alpha(build([[["a"], ["a"]]] * 3, "masi"), "masi").undefined == "no_variation"
    assert alpha(build([[["a"]]], "masi"), "masi").undefined == "no_pairable_units"


def test_each_label_is_held_or_not_held() -> None:
    units = [[["a"], ["a", "b"]], [["b"], ["b"]], [["a"], ["a"]], [["a", "b"], ["b"]], [[], ["a"]]]
    scores = {str(score.label): score for score in label_scores(build(units, "masi"), 50, labels=["a", "b", "c"])}
    for label in "ab":
        held = [[["1"] if label in value else ["0"] for value in unit] for unit in units]
        flat = [Counter(value[0] for value in unit) for unit in held]
        expected = alpha(Patterns.from_units(flat, ["0", "1"], "nominal"), "nominal").value
        assert scores[label].value == pytest.approx(expected)
    assert (scores["a"].n_values, scores["a"].n_items) == (6, 4)
    assert scores["a"].specific_agreement == pytest.approx(4 / 6)
    assert (scores["c"].value, scores["c"].undefined) == (None, "no_variation")


def test_people_and_items_use_the_distance() -> None:
    near, far = (set_key(["a"]), set_key(["a", "b"])), (set_key(["a"]), set_key(["c"]))
    pairs = [near, far, (far[1], far[1])]
    rows = [(unit, who, value) for unit, pair in enumerate(pairs, 1) for who, value in zip("pq", pair, strict=True)]
    keys = sorted({key for _, _, key in rows})
    (pair,) = pair_matrix(rows, "masi", keys)
    assert pair.value == pytest.approx(plain_alpha([[["a"], ["a", "b"]], [["a"], ["c"]], [["c"], ["c"]]], "masi"))
    units = {1: Counter(near), 2: Counter(far), 3: Counter([far[1], far[1]])}
    assert [row.unit for row in item_disagreement(units, "masi", keys)] == [2, 1]
