"""Below a limit there is a reason and a count, never a number."""

import pytest

from metrics.stats.bootstrap import Interval
from metrics.stats.withholding import (
    SENTENCES,
    Minimums,
    Withheld,
    show_alpha,
    show_annotator,
    show_difference,
    show_drift,
    show_label,
    show_pair,
)


def interval(low: float, high: float) -> Interval:
    return Interval(low, high, 0.95, 1000, 0)


def test_defaults_are_the_documented_ones() -> None:
    assert Minimums() == Minimums(20, 50, 20, 10, 30, 30, 30)


def test_too_few_units_say_how_many_it_takes() -> None:
    shown = show_alpha(12, None)
    assert shown.withheld == Withheld("too_few_units", 12, 20)
    assert shown.withheld.sentence == "12 of the 20 items needed with two or more answers."
    assert show_alpha(20, None).withheld is None


@pytest.mark.parametrize(("n", "needed"), [(4, 20), (400, None)])
def test_undefined_outranks_small_and_still_counts(n: int, needed: int | None) -> None:
    assert show_alpha(n, "no_variation").withheld == Withheld("no_variation", n, needed)
    assert show_pair(n, "no_variation").withheld == Withheld("no_variation", n, needed)


def test_a_shown_alpha_is_cautioned_when_units_are_few_or_the_interval_wide() -> None:
    assert show_alpha(49, None, interval(0.5, 0.6)).warning == "few_units"
    assert show_alpha(50, None, interval(0.5, 0.6)).warning is None
    assert show_alpha(50, None, interval(0.3, 0.7)).warning == "wide_interval"
    assert show_alpha(50, None, Interval(None, None, 0.95, 1000, 90)).warning is None


def test_a_lowered_limit_is_told_beside_the_numbers_it_lets_through() -> None:
    low = Minimums.from_settings({"alpha_units": 5})
    assert show_alpha(12, None, minimums=low).lowered_from == 20
    assert show_alpha(20, None, minimums=low).lowered_from is None
    assert show_alpha(4, None, minimums=low).withheld == Withheld("too_few_units", 4, 5)


def test_settings_that_are_no_whole_numbers_keep_the_default() -> None:
    assert Minimums.from_settings({"alpha_units": "5", "pair_units": True, "other": 3, "side_units": -1}) == Minimums()


def test_each_kind_of_number_has_its_own_limit() -> None:
    assert show_pair(19).withheld == Withheld("too_few_shared_units", 19, 20)
    assert show_pair(20).warning == "few_units"
    assert show_label(9, 2).withheld == Withheld("too_few_values", 9, 10)
    assert show_label(30, 1).withheld == Withheld("too_few_annotators", 1, 2)
    assert show_label(30, None).withheld is None
    assert show_annotator(29).withheld == Withheld("too_few_shared_units", 29, 30)
    assert show_drift(100, 29).withheld == Withheld("too_few_units", 29, 30)
    assert show_drift(100, 120).warning is None
    assert show_difference(29, 300).withheld == Withheld("too_few_units", 29, 30)
    assert show_difference(30, 300).warning == "few_units"


def test_every_reason_has_a_sentence() -> None:
    for reason in SENTENCES:
        assert Withheld(reason, 3, 20).sentence.endswith(".")
