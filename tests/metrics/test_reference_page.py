"""The reference page of agreement knows every figure, level, reason and minimum that the code has."""

from dataclasses import asdict
from pathlib import Path
from typing import get_args

import pytest

from metrics.comparing import WORDS
from metrics.measure import DISTANCES
from metrics.seconds import ASSUMES
from metrics.stats.alpha import Undefined
from metrics.stats.comparable import LEAST_IN_COMMON, MOST_SHIFT
from metrics.stats.patterns import Level
from metrics.stats.ratios import RATIOS
from metrics.stats.withholding import SENTENCES, Minimums
from metrics.words import TITLES

pytestmark = pytest.mark.unit
PAGE = Path(__file__).parents[2].joinpath("docs", "reference", "agreement.md").read_text(encoding="utf-8")


def test_every_coefficient_and_distance_is_there() -> None:
    coefficients = {*TITLES, "alpha", *(name for names in RATIOS.values() for name in names)}
    # `ASSUMES` has several sentences for one coefficient.
    coefficients |= {name.split("_")[0] for name in ASSUMES}
    missing = {name for name in coefficients - {"alpha"} if f"`{name}`" not in PAGE}
    assert missing == set()
    distances = {DISTANCES.get(level, level) for level in get_args(Level)}
    assert {distance for distance in distances if f"`{distance}`" not in PAGE} == set()


def test_every_reason_is_there() -> None:
    assert {code for code in (*get_args(Undefined), *SENTENCES) if f"`{code}`" not in PAGE} == set()
    assert {words for words in WORDS.values() if words not in PAGE} == set()


def test_the_numbers_are_those_of_the_code() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    for name, number in asdict(Minimums()).items():
        if name != "alpha_warn":
            (row,) = (line for line in rows if f"`{name}`" in line)
            assert f"| {number} " in row, row
    assert f"less than {LEAST_IN_COMMON:.0%}".replace("%", " %") in PAGE
    assert f"more than {MOST_SHIFT:.2f}" in PAGE
