"""Spans: alpha over characters and words against arrays painted character by character; F1 against plain counting."""

import json
from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats.alpha import alpha
from metrics.stats.bootstrap import alpha_replicates, bootstrap_alpha
from metrics.stats.labels import part_confusions, part_label_scores
from metrics.stats.patterns import Level, Patterns, UnknownValueError
from metrics.stats.ratios import ratio_of, ratio_score, span_f1
from metrics.stats.sets import set_key
from metrics.stats.spans import compare, marked, span_key
from tests.metrics.stats.build import whole
from tests.metrics.stats.rows import annotator_scores, item_disagreement

TEXT = "One two  three\nfour."
LEVELS: tuple[Level, ...] = ("spans", "tokens")


def span(start: int, end: int, label: str = "A") -> dict[str, Any]:
    return {"start": start, "end": end, "label": label}


@st.composite
def answers(draw: Any) -> list[dict[str, Any]]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(TEXT) - 1))
        found.append(span(start, draw(st.integers(start + 1, len(TEXT))), draw(st.sampled_from("AB"))))
    return found


UNITS = st.lists(st.lists(answers(), min_size=1, max_size=3), min_size=1, max_size=5)


def keyed(units: list[list[list[dict[str, Any]]]], text: str = TEXT) -> list[list[str]]:
    return [[span_key(answer, text) for answer in unit] for unit in units]


def painted(answer: list[dict[str, Any]], level: Level) -> list[str]:
    """The labels at each character, or at each word that a span touches."""
    characters = [{s["label"] for s in answer if s["start"] <= place < s["end"]} for place in range(len(TEXT))]
    if level == "spans":
        return [set_key(labels) for labels in characters]
    words, start = [], 0
    for word in TEXT.split():
        first = TEXT.index(word, start)
        start = first + len(word)
        words.append(set_key(set().union(*characters[first:start])))
    return words


def plain_patterns(units: list[list[list[dict[str, Any]]]], level: Level) -> Patterns:
    columns = [column for unit in units for column in zip(*(painted(a, level) for a in unit), strict=True)]
    return Patterns.from_units(map(Counter, columns), sorted({v for c in columns for v in c}), "nominal")


@pytest.mark.parametrize("level", LEVELS)
@given(units=UNITS)
def test_alpha_is_nominal_over_painted_characters(level: Level, units: Any) -> None:
    pairable = [unit for unit in units if len(unit) >= 2]
    result, expected = alpha(whole(keyed(units), level), level), alpha(plain_patterns(pairable, level), "nominal")
    assert result.value == (None if expected.value is None else pytest.approx(expected.value, abs=1e-12))
    assert result.n_items == len(pairable)


@pytest.mark.parametrize("level", LEVELS)
def test_documents_are_what_is_resampled(level: Level) -> None:
    units = [
        [[span(0, 3)], [span(0, 7)]], [[span(4, 7)], [span(4, 7)]], [[], [span(9, 14, "B")]],
        [[span(0, 3, "B")], [span(0, 3, "B")]],
    ] * 5  # fmt: skip
    data = whole(keyed(units), level)
    values = alpha_replicates(data, level, 300, seed=5)
    one_by_one = []
    draw = np.random.default_rng(5)
    for _ in range(80):
        chosen = draw.integers(0, len(units), len(units))
        one_by_one.append(alpha(plain_patterns([units[i] for i in chosen], level), "nominal").value)
    assert values.mean() == pytest.approx(np.mean([v for v in one_by_one if v is not None]), abs=0.05)
    assert values.std() == pytest.approx(np.std([v for v in one_by_one if v is not None]), abs=0.05)
    assert bootstrap_alpha(data, level, 100, 2) == bootstrap_alpha(data, level, 100, 2)


@given(UNITS)
def test_f1_is_plain_counting(units: Any) -> None:
    exact = overlap = total = 0
    for unit in units:
        for a, b in combinations(unit, 2):
            left, right = ({(s["start"], s["end"], s["label"]) for s in side} for side in (a, b))
            exact += 2 * len(left & right)
            total += len(left) + len(right)
            for mine, theirs in ((left, right), (right, left)):
                overlap += sum(any(m[2] == t[2] and max(m[0], t[0]) < min(m[1], t[1]) for t in theirs) for m in mine)
    data = whole(keyed(units), "spans")
    scores = [ratio_score(ratio_of(data, "spans", name), data, 20).value for name in ("f1", "f1_overlap")]
    assert scores == ([pytest.approx(exact / total), pytest.approx(overlap / total)] if total else [None, None])


def test_words_are_those_that_a_span_touches() -> None:
    key = json.loads(span_key([span(2, 5), span(9, 10, "B")], TEXT))
    assert (key["length"], key["words"]) == (len(TEXT), 4)
    assert key["by_word"] == [[0, 2, "A"], [2, 3, "B"]]
    assert json.loads(span_key([span(7, 9)], TEXT))["by_word"] == []
    assert json.loads(span_key([], ""))["words"] == 0


def test_a_key_does_not_depend_on_the_order_or_repeats() -> None:
    assert span_key([span(0, 3), span(4, 7)], TEXT) == span_key([span(4, 7), span(0, 3), span(0, 3)], TEXT)


def test_f1_of_one_label() -> None:
    a, b = marked(span_key([span(0, 3), span(4, 7, "B")], TEXT)), marked(span_key([span(0, 3), span(5, 7, "B")], TEXT))
    assert compare(a, b, "A") == type(compare(a, b))(exact=2, overlapping=2, total=2)
    assert (compare(a, b).exact, compare(a, b).overlapping, compare(a, b).total) == (2, 4, 4)
    data = whole(keyed([[[span(0, 3), span(4, 7, "B")], [span(0, 3), span(5, 7, "B")]]]), "spans")
    assert span_f1(data, "A") == (1.0, 1.0)
    assert span_f1(data, "B") == (0.0, 1.0)
    assert span_f1(data, "C") == (None, None)


def test_each_label_against_the_rest() -> None:
    units = [[[span(0, 3), span(4, 7, "B")], [span(0, 7)]], [[span(9, 14)], [span(9, 14, "B")]], [[], []]] * 4
    scores = {score.label: score for score in part_label_scores(whole(keyed(units), "spans"), "spans", "ABC", 50, 1)}
    for label in "AB":
        rows = [[[str(label in json.loads(v)) for v in painted(a, "spans")] for a in unit] for unit in units]
        flat = [Counter(column) for unit in rows for column in zip(*unit, strict=True)]
        expected = alpha(Patterns.from_units(flat, ["False", "True"], "nominal"), "nominal").value
        assert scores[label].value == pytest.approx(expected)
        assert scores[label].interval.low is not None
    assert (scores["A"].n_values, scores["A"].n_items) == (12, 8)
    assert (scores["C"].value, scores["C"].undefined, scores["C"].n_values) == (None, "no_variation", 0)


def test_labels_given_to_the_same_characters() -> None:
    units = [[[span(0, 3)], [span(0, 3, "B")]], [[span(4, 7)], []], [[span(0, 7)], [span(3, 7)]]] * 5
    (found,) = part_confusions(whole(keyed(units), "spans"), "spans", ["A", "B"], 100)
    assert (found.a, found.b, found.count) == ("A", "B", 5 * 3 * 2)
    assert found.share == pytest.approx(5 * 3 * 2 / (15 * 2 * len(TEXT)))
    assert part_confusions(whole(keyed(units[1:3]), "spans"), "spans", ["A", "B"], 10) == ()


def test_people_and_items() -> None:
    units = [[[span(0, 3)], [span(0, 3)], [span(0, 7)]], [[span(4, 7)], [span(4, 7)], []], [[], [], [span(9, 14)]]]
    rows = [(u, who, span_key(a, TEXT)) for u, unit in enumerate(units) for who, a in zip("pqr", unit, strict=True)]
    values = sorted({key for _, _, key in rows})
    scores = {score.annotator: score for score in annotator_scores(rows, "spans", values)}
    without = alpha(plain_patterns([unit[:2] for unit in units], "spans"), "nominal").value
    assert scores["r"].leave_one_out.value == pytest.approx(without)
    assert scores["r"].with_rest.value is not None
    assert scores["p"].with_rest.value is not None
    assert scores["r"].with_rest.value < scores["p"].with_rest.value
    counts = {u: Counter(span_key(a, TEXT) for a in unit) for u, unit in enumerate(units)}
    found = item_disagreement(counts, "spans", values)
    # Characters in dispute: 4, 3 and 5, each with one voice against two.
    assert [row.unit for row in found] == [2, 0, 1]
    assert [row.contribution for row in found] == pytest.approx([5 * 2, 4 * 2, 3 * 2])
    assert sum(row.share for row in found) == pytest.approx(1)


def test_texts_without_spans_do_not_vary() -> None:
    assert alpha(whole(keyed([[[], []]] * 3), "spans"), "spans").undefined == "no_variation"
    assert alpha(whole([[span_key([], ""), span_key([], "")]], "spans"), "spans").undefined == "nothing_to_compare"
    with pytest.raises(UnknownValueError):
        marked("[1, 2]")
