"""Drawing whole clusters, or within strata: one law with the plain way of doing it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.measure import percent_replicates
from metrics.stats import groups as groups_module
from metrics.stats.alpha import alpha
from metrics.stats.bootstrap import ReplicateKernel, alpha_replicates, bootstrap_alpha
from metrics.stats.groups import Groups, draw_clusters, draw_within
from metrics.stats.patterns import Level, Patterns, pattern_of
from tests.metrics.stats.build import patterns
from tests.metrics.stats.test_bootstrap import kolmogorov_smirnov, noisy_units

CATEGORIES = [1, 2, 3, 4]


def grouped(units: Sequence[Sequence[Any]], of: Sequence[int], level: Level = "nominal") -> tuple[Patterns, Groups]:
    """Units and the group of each, collapsed."""
    whole = patterns(units, level, CATEGORIES)
    rows = [
        tuple(
            (whole.values[c] if level in {"interval", "ratio"} else int(c), int(n)) for c, n in zip(*row, strict=True)
        )
        for row in whole.rows()
    ]
    index: Any = None if level in {"interval", "ratio"} else {value: place for place, value in enumerate(CATEGORIES)}
    found = [pattern_of({v: list(unit).count(v) for v in unit}, level, index) for unit in units]
    places = np.asarray([rows.index(kind) if kind in rows else -1 for kind in found])
    return whole, Groups.from_units(places, np.asarray(of), len(whole))


def clustered(rng: np.random.Generator, number: int, size: int) -> tuple[list[Any], list[int]]:
    """Documents that are easy or hard as a whole: their items resemble each other."""
    units, of = [], []
    for document in range(number):
        noise = 0.05 if rng.random() < 0.5 else 0.9
        units += noisy_units(rng, size, noise=noise)
        of += [document] * size
    return units, of


def plainly(units: list[Any], of: list[int], level: Level, replicates: int, seed: int) -> np.ndarray:
    """The cluster bootstrap, one draw of clusters at a time."""
    rng, number = np.random.default_rng(seed), max(of) + 1
    members = [[unit for unit, group in zip(units, of, strict=True) if group == g] for g in range(number)]
    values = []
    for _ in range(replicates):
        drawn = [unit for g in rng.integers(0, number, number) for unit in members[g]]
        value = alpha(patterns(drawn, level, CATEGORIES), level).value
        values.append(np.nan if value is None else value)
    return np.asarray(values)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_collapsed_and_plain_cluster_bootstrap_have_one_law(level: Level) -> None:
    units, of = clustered(np.random.default_rng(1), 25, 4)
    whole, groups = grouped(units, of, level)
    fast = alpha_replicates(replace(whole, groups=groups), level, 1000, seed=1)
    slow = plainly(units, of, level, 300, seed=2)
    assert kolmogorov_smirnov(fast, slow) < 1.949 * np.sqrt((1000 + 300) / (1000 * 300))


def test_units_of_hard_and_easy_documents_make_the_interval_wider() -> None:
    units, of = clustered(np.random.default_rng(2), 30, 10)
    whole, groups = grouped(units, of)
    alone, together = bootstrap_alpha(whole, "nominal"), bootstrap_alpha(replace(whole, groups=groups), "nominal")
    assert None not in (alone.low, together.low)
    assert together.high - together.low > 1.5 * (alone.high - alone.low)  # type: ignore[operator]


def test_every_unit_its_own_cluster_is_the_unit_bootstrap() -> None:
    units = noisy_units(np.random.default_rng(3), 50)
    whole, groups = grouped(units, list(range(50)))
    assert groups.number == 50
    alone = alpha_replicates(whole, "nominal", 1000, seed=1)
    own = alpha_replicates(replace(whole, groups=groups), "nominal", 1000, seed=2)
    assert kolmogorov_smirnov(alone, own) < 1.949 * np.sqrt(2 / 1000)


def test_equal_clusters_are_kept_once_and_names_do_not_matter() -> None:
    units = [[1, 1], [1, 2], [1, 1], [1, 2], [3, 3], [4]]
    whole, groups = grouped(units, [0, 0, 1, 1, 2, 3])
    assert sorted(groups.freq.tolist()) == [1, 2]
    assert groups.number == 3  # the last holds nothing that can be compared
    assert (groups.freq @ groups.held.toarray()).tolist() == whole.freq.tolist()
    _, renamed = grouped(units[::-1], [3, 2, 1, 1, 0, 0])
    first, second = (list(draw_clusters(g, 30, seed=4)) for g in (groups, renamed))
    assert np.array_equal(first[0], second[0])
    assert groups.key == renamed.key
    assert groups.key != grouped(units, [0, 1, 0, 1, 2, 3])[1].key


def test_one_cluster_alone_gives_no_interval() -> None:
    whole, groups = grouped(noisy_units(np.random.default_rng(5), 30), [0] * 30)
    interval = bootstrap_alpha(replace(whole, groups=groups), "nominal", 100)
    assert (interval.low, interval.high, interval.undefined_replicates) == (None, None, 100)


def test_percent_agreement_is_over_the_units_that_were_drawn() -> None:
    """Clusters differ in size, so a replicate has now more and now fewer units: a share stays a share."""
    units = [[1, 1]] * 40 + [[1, 2]] * 3 + [[2, 2]] * 2
    of = [0] * 40 + [1, 2, 3, 4, 5]
    whole, groups = grouped(units, of)
    found = percent_replicates(replace(whole, groups=groups), seed=3)
    assert found.max() <= 1 + 1e-12
    rng, sizes, agreed = np.random.default_rng(8), np.asarray([40, 1, 1, 1, 1, 1]), np.asarray([40, 0, 0, 0, 1, 1])
    drawn = rng.integers(0, 6, size=(1000, 6))
    plain = agreed[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    assert kolmogorov_smirnov(found, plain) < 0.1


def test_clusters_come_in_bounded_chunks_whatever_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    units, of = clustered(np.random.default_rng(6), 12, 3)
    whole, groups = grouped(units, of)
    once = np.concatenate(list(draw_clusters(groups, 40, seed=1)))
    monkeypatch.setattr(groups_module, "BLOCK_CELLS", 10 * len(whole))
    chunks = list(draw_clusters(groups, 40, seed=1))
    assert len(chunks) > 1
    assert np.array_equal(np.concatenate(chunks), once)


def within_plainly(units: list[Any], of: list[int], replicates: int, seed: int) -> np.ndarray:
    """The stratified bootstrap, one draw of units at a time."""
    rng = np.random.default_rng(seed)
    strata = [[unit for unit, s in zip(units, of, strict=True) if s == stratum] for stratum in range(max(of) + 1)]
    values = []
    for _ in range(replicates):
        drawn = [stratum[i] for stratum in strata for i in rng.integers(0, len(stratum), len(stratum))]
        value = alpha(patterns(drawn, "nominal", CATEGORIES), "nominal").value
        values.append(np.nan if value is None else value)
    return np.asarray(values)


def alphas(whole: Patterns, chunks: Any) -> np.ndarray:
    kernel = ReplicateKernel(whole, "nominal")
    return np.concatenate([kernel.alphas(chunk) for chunk in chunks])


def test_collapsed_and_plain_stratified_bootstrap_have_one_law() -> None:
    rng = np.random.default_rng(7)
    units = noisy_units(rng, 30, noise=0.1) + noisy_units(rng, 20, noise=0.9)
    of = [0] * 30 + [1] * 20
    whole, strata = grouped(units, of)
    fast = alphas(whole, draw_within(strata, 1000, seed=1))
    slow = within_plainly(units, of, 300, seed=2)
    assert kolmogorov_smirnov(fast, slow) < 1.949 * np.sqrt((1000 + 300) / (1000 * 300))
    free = alpha_replicates(whole, "nominal", 1000, seed=1)
    assert fast.std() < free.std()  # how many hard units there are does not vary any more


@given(
    st.lists(st.tuples(st.lists(st.integers(1, 4), max_size=4), st.integers(0, 5)), min_size=1, max_size=20),
    st.integers(0, 99),
)
def test_strata_keep_their_sizes_and_clusters_their_units(given: list[tuple[list[int], int]], seed: int) -> None:
    units, of = [row[0] for row in given], [row[1] for row in given]
    whole, groups = grouped(units, of)
    if not len(whole):
        return
    for chunk in draw_within(groups, 7, seed):
        assert (chunk.sum(axis=1) == whole.n_items).all()
    sizes = groups.held.sum(axis=1)
    for chunk in draw_clusters(groups, 7, seed) if groups.number > 1 else ():
        assert (chunk.sum(axis=1) >= groups.number * sizes.min()).all()
        assert (chunk.sum(axis=1) <= groups.number * sizes.max()).all()
