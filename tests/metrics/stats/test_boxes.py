"""Boxes: IoU and matching against brute force, alpha over objects, the mean F1 of annotators."""

import json
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats.alpha import alpha
from metrics.stats.bootstrap import bootstrap_alpha
from metrics.stats.boxes import MATCHED, Drawn, compare, drawn, matches, objects, overlaps
from metrics.stats.labels import part_confusions, part_label_scores
from metrics.stats.patterns import UnknownValueError
from metrics.stats.ratios import ratio_of, ratio_score
from tests.metrics.stats.build import patterns, whole


def box(x: float, y: float, label: str = "car", size: float = 0.2) -> dict[str, Any]:
    return {"x": x, "y": y, "width": size, "height": size, "label": label}


@st.composite
def answers(draw: Any) -> list[dict[str, Any]]:
    places = st.integers(0, 8).map(lambda tenth: tenth / 10)
    return [
        box(draw(places), draw(places), draw(st.sampled_from(["car", "bus"]))) for _ in range(draw(st.integers(0, 3)))
    ]


def read(answer: list[dict[str, Any]]) -> Drawn:
    return drawn(json.dumps(answer))


def plain_iou(a: dict[str, Any], b: dict[str, Any]) -> float:
    """By counting the cells of a fine grid that both cover."""
    wide = max(0.0, min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"]))
    high = max(0.0, min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"]))
    union = a["width"] * a["height"] + b["width"] * b["height"] - wide * high
    return wide * high / union


@given(answers(), answers())
def test_iou_is_the_definition(left: Any, right: Any) -> None:
    found = overlaps(read(left).corners, read(right).corners)
    assert found.shape == (len(left), len(right))
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            assert found[i, j] == pytest.approx(plain_iou(a, b), abs=1e-9)


@given(answers(), answers())
def test_matching_has_the_greatest_sum_of_all(left: Any, right: Any) -> None:
    small, large = sorted((left, right), key=len)
    best = max(
        sum(plain_iou(a, b) for a, b in zip(small, chosen, strict=True)) for chosen in permutations(large, len(small))
    )
    found = matches(read(left), read(right))
    assert sum(iou for _, _, iou in found) == pytest.approx(best, abs=1e-5)
    assert len({a for a, _, _ in found}) == len({b for _, b, _ in found}) == len(found)


@given(answers(), answers())
def test_two_annotators_compare_alike_from_both_sides(left: Any, right: Any) -> None:
    one, other = compare(read(left), read(right)), compare(read(right), read(left))
    assert (one.matched, one.total) == (other.matched, other.total)
    assert one.iou == pytest.approx(other.iou)
    assert 0 <= one.f1 <= 1
    assert -1e-9 <= one.distance <= 1


def test_another_label_takes_no_partner_away() -> None:
    left, right = read([box(0, 0, "car"), box(0.02, 0, "bus")]), read([box(0.02, 0, "car")])
    found = compare(left, right)
    assert (found.matched, found.total) == (1, 3)
    assert found.f1 == pytest.approx(2 / 3)
    assert compare(read([]), read([])).f1 == 1.0
    assert compare(read([]), read([])).distance == 0.0


@given(st.lists(answers(), min_size=2, max_size=4))
def test_objects_do_not_depend_on_the_order_of_the_annotators(given_boxes: Any) -> None:
    drawn_boxes = [read(answer) for answer in given_boxes]
    found = sorted(sorted(c.items()) for c in objects(drawn_boxes))
    assert all(sum(n for _, n in c) == len(given_boxes) for c in found)
    assert sum(n for c in found for value, n in c if value) == sum(map(len, given_boxes))


def test_what_nobody_else_boxed_is_a_value() -> None:
    images = [
        [[box(0, 0), box(0.5, 0.5)], [box(0.01, 0), box(0.5, 0.5)], [box(0, 0, "bus")]],
        [[box(0.3, 0.3)], [box(0.7, 0.7)], []],
    ]
    found = [sorted(c.items()) for unit in images for c in objects([read(answer) for answer in unit])]
    assert sorted(found) == [
        [("", 1), ("car", 2)], [("", 2), ("car", 1)], [("", 2), ("car", 1)], [("bus", 1), ("car", 2)],
    ]  # fmt: skip
    by_hand = [["", "car", "car"], ["", "", "car"], ["", "", "car"], ["bus", "car", "car"]]
    expected = alpha(patterns(by_hand), "nominal").value
    assert alpha(whole(images, "boxes"), "boxes").value == pytest.approx(expected)


def test_the_mean_f1_of_two_annotators() -> None:
    images = [[[box(0, 0)], [box(0, 0)], [box(0.5, 0.5)]], [[box(0, 0)], []], [[], []]] * 8
    data = whole(images, "boxes")
    plain = [compare(read(a), read(b)).f1 for unit in images for a, b in combinations(unit, 2)]
    score = ratio_score(ratio_of(data, "boxes", "f1"), data, 200, 3)
    assert score.value == pytest.approx(np.mean(plain))
    iou = ratio_score(ratio_of(data, "boxes", "iou"), data, 200, 3)
    assert iou.value == pytest.approx(1.0)
    assert iou.n_items == 8
    assert bootstrap_alpha(data, "boxes", 100, 1).low is not None


def test_each_label_of_boxes() -> None:
    images = [[[box(0, 0)], [box(0, 0)]], [[box(0, 0, "bus")], [box(0, 0)]], [[box(0, 0, "bus")], []]] * 5
    scores = {s.label: s for s in part_label_scores(whole(images, "boxes"), "boxes", ["car", "bus"], 50)}
    by_hand = [["car", "car"], ["bus", "car"], ["bus", ""]] * 5
    held = [[str(value == "car") for value in unit] for unit in by_hand]
    assert scores["car"].value == pytest.approx(alpha(patterns(held), "nominal").value)
    assert (scores["car"].n_values, scores["car"].n_items) == (15, 10)


def test_labels_given_to_the_same_object() -> None:
    images = [[[box(0, 0)], [box(0, 0)]], [[box(0, 0, "bus")], [box(0, 0)]], [[box(0, 0, "bus")], []]] * 6
    (found,) = part_confusions(whole(images, "boxes"), "boxes", ["car", "bus"], 100)
    # Of 36 values 12 stand in mixed objects of cars and buses; what only one drew is no confusion of labels.
    assert (found.a, found.b, found.count) == ("car", "bus", 12.0)
    assert found.share == pytest.approx(12 / 36)
    assert found.interval.low is not None
    assert found.interval.low < found.share
    assert found.excess == pytest.approx(6 * 35 / (12 * 18))


def test_no_box_anywhere_has_its_reason() -> None:
    assert alpha(whole([[[], []]] * 3, "boxes"), "boxes").undefined == "nothing_to_compare"
    assert alpha(whole([[[box(0, 0)], [box(0, 0)]]] * 3, "boxes"), "boxes").undefined == "no_variation"
    with pytest.raises(UnknownValueError):
        drawn('{"x": 1}')
    assert MATCHED == 0.5
