"""Methods carried out on answers to questions of every kind. Pure."""

import pytest

from adjudication.methods import aggregate_units, answered_patterns, checked_methods, is_model, suitable_methods
from guidelines.schema.registry import KINDS
from guidelines.schema.schema import LabelSchema
from metrics.stats.spans import span_key
from tests.factories import CHOICE, RATING

LABELS = [{"value": "a", "title": "A"}, {"value": "b", "title": "B"}]
ASKED = {
    "choice": CHOICE,
    "rating": RATING,
    "number": {"name": "size", "kind": "number", "title": "Size", "level": "interval"},
    "text": {"name": "why", "kind": "text", "title": "Why"},
    "multichoice": {"name": "topics", "kind": "multichoice", "title": "Topics", "labels": LABELS, "min": 1},
    "spans": {"name": "names", "kind": "spans", "title": "Names", "field": "text", "labels": LABELS},
    "boxes": {"name": "cars", "kind": "boxes", "title": "Cars", "field": "photo", "labels": LABELS},
    "ranking": {"name": "order", "kind": "ranking", "title": "Order", "options": ["x", "y", "z"]},
    "preference": {"name": "better", "kind": "preference", "title": "Better", "fields": ["one", "two"],
                   "extra": ["tie", "cannot_judge"]},
}  # fmt: skip


def span(start, end, label="a"):
    return {"start": start, "end": end, "label": label}


def box(x, label="a"):
    return {"x": x, "y": 0.1, "width": 0.4, "height": 0.4, "label": label}


def aggregated(kind, method, *units, **settings):
    question = ASKED[kind]
    schema = LabelSchema((question,))
    clean, errors = checked_methods(schema, {question["name"]: {"method": method, "settings": settings}})
    assert errors == []
    return [
        (found.answer, found.tied)
        for found in aggregate_units(schema, question["name"], method, clean[question["name"]]["settings"], units)
    ]


@pytest.mark.parametrize(
    ("kind", "method", "given", "answer"),
    [
        ("choice", "majority", ["calm", "angry", "angry"], "angry"),
        ("choice", "majority", ["calm", "unsure", "unsure"], "unsure"),
        ("choice", "majority", ["calm", "angry"], None),
        ("rating", "majority", [1, 5, 5], 5),
        ("rating", "median", [1, 2, 5], 2),
        ("rating", "median", [1, 2], None),
        ("number", "median", [1, 2, 30], 2),
        ("number", "mean", [1, 2, 6], 3),
        ("text", "medoid", ["a cat sat", "a cat sat down", "a cat"], "a cat sat"),
        ("multichoice", "per_label", [["a"], ["a", "b"], ["a"]], ["a"]),
        ("multichoice", "medoid", [["b", "a"], ["a", "b"], ["a"]], ["a", "b"]),
        ("spans", "span_majority", [[span(0, 4)], [span(0, 6)], [span(2, 6)]], [span(0, 6)]),
        ("spans", "medoid", [[span(0, 4)], [span(0, 4)], [span(8, 9)]], [span(0, 4)]),
        ("boxes", "box_consensus", [[box(0.1)], [box(0.1)], []], [box(0.1)]),
        ("ranking", "mean_rank", [[["x"], ["y"], ["z"]], [["x"], ["z"], ["y"]], [["x"], ["y"], ["z"]]],
         [["x"], ["y"], ["z"]]),
        ("preference", "majority", ["two", "two", "tie"], "two"),
        ("preference", "majority", ["cannot_judge", "cannot_judge", "one"], "cannot_judge"),
    ],
)  # fmt: skip
def test_what_a_method_makes_of_the_answers_to_a_kind_of_question(kind, method, given, answer):
    assert aggregated(kind, method, given) == [(answer, answer is None)]


def test_units_do_not_touch_each_other():
    found = aggregated("choice", "majority", ["calm", "calm"], ["calm", "angry"], ["angry"])
    assert found == [("calm", False), (None, True), ("angry", False)]
    assert aggregated("choice", "majority") == []


def test_what_the_question_does_not_take_is_no_answer():
    # nobody's set has both, so none of the labels has a majority: the question wants one at least
    assert aggregated("multichoice", "per_label", [["a"], ["b"], ["a"], ["b"]], half="drop") == [(None, True)]
    crossing = [[span(0, 6), ], [span(0, 6, "a")], [span(4, 9, "b")], [span(4, 9, "b"), ]]  # fmt: skip
    assert aggregated("spans", "span_majority", crossing, half="keep") == [(None, True)]


def test_labels_that_only_an_older_version_had_are_still_answers():
    assert aggregated("choice", "majority", ["furious", "furious", "calm"]) == [("furious", False)]


def test_answers_of_another_shape_are_passed_over():
    assert aggregated("spans", "medoid", ["old text", [span(0, 1)], [span(0, 1)]]) == [([span(0, 1)], False)]
    assert aggregated("rating", "median", ["calm", 3, 3]) == [(3, False)]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_question_has_a_method_and_the_first_one_needs_no_run(kind):
    methods = suitable_methods(LabelSchema((ASKED[kind],)), ASKED[kind]["name"])
    assert methods
    assert not is_model(methods[0].name)
    assert all(method.assumes.endswith(".") for method in methods)


def test_patterns_of_counts_tell_what_has_an_answer():
    schema = LabelSchema((CHOICE, ASKED["spans"]))
    patterns = [[["angry", 2], ["calm", 1]], [["angry", 1], ["calm", 1]], [["angry", 1], [None, 2]]]
    assert answered_patterns(schema, "tone", "majority", {}, patterns) == [True, False, True]
    keys = [[[span_key([span(0, 4)], "four four"), 1], [span_key([], "four four"), 2]]]
    assert answered_patterns(schema, "names", "span_majority", {"half": "tie"}, keys) == [True]
