"""Sets, spans, boxes, rankings and texts of several annotators as one, against plain counting."""

import json
import statistics
from collections import Counter
from collections.abc import Sequence
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats.aggregation.answers import Answers, CannotAggregate, answer_of
from metrics.stats.aggregation.boxes import box_consensus
from metrics.stats.aggregation.medoid import medoid
from metrics.stats.aggregation.ranks import mean_rank
from metrics.stats.aggregation.result import TIED, UNANSWERED, Aggregate
from metrics.stats.aggregation.sets import per_label
from metrics.stats.aggregation.spans import span_majority
from metrics.stats.patterns import Level
from metrics.stats.rankings import midranks_of, places_of
from metrics.stats.sets import set_key
from metrics.stats.spans import span_key
from metrics.stats.texts import token_distance

TEXT = "Ada met Bob in Rome."


def whole(level: Level, units: Sequence[Sequence[str]]) -> Answers:
    """Units of answers that are written out."""
    values = [value for unit in units for value in unit]
    numbers = [number for number, unit in enumerate(units) for _ in unit]
    people = [place for unit in units for place in range(len(unit))]
    return Answers.of(level, numbers, people, range(len(values)), values, n_units=len(units))


def answer(found: Aggregate, unit: int = 0) -> Any:
    value = found.value_of(unit)
    return None if value is None else answer_of(found.level, value)


def both(found: Aggregate, unit: int = 0) -> list[Any]:
    return [answer_of(found.level, value) for value in found.candidates(unit)]


def spans(*marks: tuple[int, int, str], text: str = TEXT) -> str:
    return span_key([{"start": start, "end": end, "label": label} for start, end, label in marks], text)


def span_rows(answers: Any) -> list[tuple[int, int, str]]:
    return [(span["start"], span["end"], span["label"]) for span in answers]


def boxes(*found: tuple[float, float, float, float, str]) -> str:
    keys = ("x", "y", "width", "height", "label")
    return json.dumps([dict(zip(keys, box, strict=True)) for box in found])


@given(st.lists(st.frozensets(st.sampled_from("abcd")), min_size=1, max_size=6))
def test_each_label_is_decided_by_the_majority(sets: list[frozenset[str]]) -> None:
    answers = whole("masi", [[set_key(labels) for labels in sets]])
    votes = Counter(label for labels in sets for label in labels)
    surely = sorted(label for label in votes if 2 * votes[label] > len(sets))
    perhaps = sorted(label for label in votes if 2 * votes[label] >= len(sets))
    found = per_label(answers)
    assert found.tied[0] == (surely != perhaps)
    assert both(found) == ([surely] if surely == perhaps else [surely, perhaps])
    assert answer(per_label(answers, half="keep")) == perhaps
    assert answer(per_label(answers, half="drop")) == surely
    shares = [max(n, len(sets) - n) / len(sets) for n in votes.values()]
    assert found.confidence[0] == pytest.approx(statistics.fmean(shares) if shares else 1.0)
    assert sum(weight for _, weight in found.weights_of(0)) == pytest.approx(1.0)


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 15), st.integers(1, 5), st.sampled_from("AB")), max_size=3),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_each_character_is_decided_by_the_majority(marks: list[list[tuple[int, int, str]]]) -> None:
    people = [[(start, start + length, label) for start, length, label in mine] for mine in marks]
    answers = whole("spans", [[spans(*mine) for mine in people]])

    def covered(needed: Any) -> set[tuple[int, str]]:
        counts = Counter(
            place for mine in people for place in {(c, label) for s, e, label in mine for c in range(s, e)}
        )
        return {place for place, count in counts.items() if needed(2 * count)}

    def characters(rows: list[tuple[int, int, str]]) -> set[tuple[int, str]]:
        return {(place, label) for start, end, label in rows for place in range(start, end)}

    surely, perhaps = covered(lambda twice: twice > len(people)), covered(lambda twice: twice >= len(people))
    found = span_majority(answers)
    assert found.tied[0] == (surely != perhaps)
    assert [characters(span_rows(one)) for one in both(found)] == ([surely] if surely == perhaps else [surely, perhaps])
    assert characters(span_rows(answer(span_majority(answers, half="keep")))) == perhaps
    rows = span_rows(answer(span_majority(answers, half="drop")))
    assert characters(rows) == surely
    assert rows == sorted(rows)
    assert not any(a[1] == b[0] and a[2] == b[2] for a in rows for b in rows)


def test_spans_of_three() -> None:
    answers = whole(
        "spans",
        [
            [spans((0, 3, "PER"), (8, 11, "PER")), spans((0, 3, "PER")), spans((0, 7, "PER"), (15, 19, "LOC"))],
            [spans(), spans(), spans((0, 3, "PER"))],
            [],
        ],
    )
    found = span_majority(answers)
    assert span_rows(answer(found)) == [(0, 3, "PER")]
    # Three characters by three; four and three by one, left out; four by one, left out.
    assert found.confidence[0] == pytest.approx((3 * 1 + (4 + 3 + 4) * 2 / 3) / 14)
    assert answer(found, 1) == []
    assert found.state[2] == UNANSWERED
    assert [weight for _, weight in found.weights_of(1)] == pytest.approx([2 / 3, 1 / 3])


def test_boxes_get_the_mean_of_their_corners() -> None:
    one, two = (0.1, 0.1, 0.2, 0.2, "cat"), (0.12, 0.1, 0.2, 0.22, "cat")
    far, dog = (0.7, 0.7, 0.1, 0.1, "dog"), (0.11, 0.1, 0.2, 0.2, "dog")
    found = box_consensus(whole("boxes", [[boxes(one, far), boxes(two), boxes(dog)]]))
    (kept,) = answer(found)
    assert kept == {"x": 0.11, "y": 0.1, "width": 0.2, "height": 0.206667, "label": "cat"}
    # Two of three drew the cat as a cat; two of three drew nothing at the far end.
    assert found.confidence[0] == pytest.approx(2 / 3)


def test_an_object_of_half_the_annotators_is_kept_unless_the_project_says_otherwise() -> None:
    one, far = (0.1, 0.1, 0.2, 0.2, "cat"), (0.7, 0.7, 0.1, 0.1, "dog")
    answers = whole("boxes", [[boxes(one, far), boxes(one)], [boxes(one), boxes(), boxes()]])
    kept, dropped, tied = (box_consensus(answers, half=half) for half in ("keep", "drop", "tie"))
    assert [box["label"] for box in answer(kept)] == ["cat", "dog"]
    assert [box["label"] for box in answer(dropped)] == ["cat"]
    assert [len(one) for one in both(tied)] == [1, 2]
    assert kept.confidence[0] == pytest.approx(0.75)
    assert [answer(one, 1) for one in (kept, dropped, tied)] == [[], [], []]


def test_two_labels_of_one_object_are_a_tie() -> None:
    place = (0.1, 0.1, 0.2, 0.2)
    found = box_consensus(whole("boxes", [[boxes((*place, "cat")), boxes((*place, "dog"))], [boxes(), boxes()]]))
    assert found.state[0] == TIED
    assert [one[0]["label"] for one in both(found)] == ["cat", "dog"]
    assert answer(found, 1) == []
    assert found.confidence[1] == 1.0


def ranking(*groups: str) -> str:
    return json.dumps([list(group) for group in groups])


@given(st.lists(st.permutations("abcd"), min_size=1, max_size=6))
def test_options_stand_in_the_order_of_their_mean_ranks(orders: list[list[str]]) -> None:
    found = mean_rank(whole("ranking", [[ranking(*order) for order in orders]]))
    means = {option: sum(midranks_of(places_of(ranking(*o)))[option] for o in orders) for option in "abcd"}
    expected = [sorted(o for o in means if means[o] == total) for total in sorted(set(means.values()))]
    assert both(found) == [expected]
    contested = any(len(group) > 1 for group in expected)
    assert found.tied[0] == contested
    places = {option: place for place, group in enumerate(expected) for option in group}
    agreed = []
    for a, b in combinations("abcd", 2):
        sign = (places[a] > places[b]) - (places[a] < places[b])
        agreed.append(statistics.fmean((o.index(a) > o.index(b)) - (o.index(a) < o.index(b)) == sign for o in orders))
    assert found.confidence[0] == pytest.approx(statistics.fmean(agreed))


def test_what_annotators_tie_is_tied_without_being_contested() -> None:
    found = mean_rank(whole("ranking", [[ranking("a", "bc"), ranking("a", "bc")], [ranking("ab"), ranking("ba")]]))
    assert answer(found) == [["a"], ["b", "c"]]
    assert answer(found, 1) == [["a", "b"]]
    assert found.n_tied == 0


def test_options_left_out_count_only_where_they_were_ranked() -> None:
    found = mean_rank(whole("ranking", [[ranking("a", "b"), ranking("b", "c"), ranking("a", "c")]]))
    assert answer(found) == [["a"], ["b"], ["c"]]
    assert found.confidence[0] == 1.0
    assert answer(mean_rank(whole("ranking", [[ranking("a")]]))) == [["a"]]


@given(st.lists(st.sampled_from(["a b c", "a b d", "a x", "q", "a b c d"]), min_size=1, max_size=6))
def test_the_medoid_is_the_answer_most_like_the_others(texts: list[str]) -> None:
    found = medoid(whole("token_edit", [texts]))
    if len(texts) == 1:
        assert (found.value_of(0), found.confidence[0]) == (texts[0], 1.0)
        return
    central = {
        text: statistics.fmean(1 - token_distance(text, texts[j]) for j in range(len(texts)) if j != texts.index(text))
        for text in texts
    }
    best = max(central.values())
    leading = sorted(text for text in central if central[text] >= best - 1e-9)
    assert found.confidence[0] == pytest.approx(best)
    assert found.value_of(0) == (leading[0] if len(leading) == 1 else None)
    assert set(found.candidates(0)) == {leading[0], leading[-1]}


def test_two_different_texts_are_a_tie_and_two_spellings_of_one_are_not() -> None:
    answers = whole("token_edit", [["a dog", "a cat"], ["A cat.", "a cat", "a cat"], ["B.", "b"]])
    found = medoid(answers)
    assert found.candidates(0) == ("a cat", "a dog")
    assert found.value_of(1) == "a cat"
    assert found.value_of(2) == "B."
    assert medoid(answers, measure="chrf").value_of(1) == "a cat"


def test_medoids_of_spans_boxes_rankings_and_sets() -> None:
    near = [spans((0, 3, "A")), spans((0, 3, "A"), (8, 11, "A")), spans((8, 11, "A"), (0, 3, "A"), (15, 19, "B"))]
    assert span_rows(answer(medoid(whole("spans", [near])))) == [(0, 3, "A"), (8, 11, "A")]
    shifted = [spans((0, 4, "A")), spans((1, 4, "A")), spans((1, 5, "A"), (8, 9, "B"))]
    loose = medoid(whole("spans", [shifted]), measure="overlap")
    assert [span_rows(one) for one in both(loose)] == [[(0, 4, "A")], [(1, 4, "A")]]
    drawn = [boxes((0, 0, 0.2, 0.2, "c")), boxes((0, 0, 0.2, 0.22, "c")), boxes((0, 0, 0.2, 0.3, "c"))]
    (box,) = answer(medoid(whole("boxes", [drawn])))
    assert box["height"] == 0.22
    orders = [ranking(*"abc"), ranking(*"acb"), ranking(*"cab")]
    assert answer(medoid(whole("ranking", [orders]))) == [["a"], ["c"], ["b"]]
    sets = [set_key("a"), set_key("ab"), set_key("abc")]
    assert answer(medoid(whole("masi", [sets]))) == ["a", "b"]
    assert answer(medoid(whole("masi", [[set_key("a"), set_key("b")]]))) is None


def test_a_measure_that_does_not_fit_is_refused() -> None:
    with pytest.raises(CannotAggregate):
        medoid(whole("ranking", [[ranking("ab")]]), measure="chrf")


@pytest.mark.parametrize(
    ("level", "run", "unit"),
    [
        ("masi", per_label, [set_key("a"), set_key("ab"), set_key("bc")]),
        ("spans", span_majority, [spans((0, 3, "A")), spans((1, 4, "A")), spans((8, 11, "B"))]),
        (
            "boxes", box_consensus,
            [boxes((0, 0, 0.2, 0.2, "c")), boxes((0, 0, 0.2, 0.22, "c")), boxes((0.5, 0, 0.1, 0.3, "d"))],
        ),
        ("ranking", mean_rank, [ranking(*"abc"), ranking(*"acb"), ranking("c", "ab")]),
        ("token_edit", medoid, ["one two", "one three", "one two three"]),
    ],
)  # fmt: skip
def test_the_order_of_annotators_and_units_changes_nothing(level: Level, run: Any, unit: list[str]) -> None:
    plain = run(whole(level, [unit]))
    for order in permutations(unit):
        mixed = run(whole(level, [[], list(order), list(order)[:1]]))
        assert mixed.candidates(1) == plain.candidates(0)
        assert mixed.confidence[1] == plain.confidence[0]
        assert mixed.state[0] == UNANSWERED
