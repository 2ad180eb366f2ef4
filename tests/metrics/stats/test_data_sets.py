"""Real annotations give the alpha that their descriptions state."""

import ast
import csv
import json
import re
from collections import Counter, defaultdict
from itertools import combinations
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import yaml

from metrics.stats.aggregation.methods import aggregate
from metrics.stats.alpha import alpha, package_alpha
from metrics.stats.bootstrap import bootstrap_alpha, seed_for
from metrics.stats.boxes import compare, drawn
from metrics.stats.distances import within_distances
from metrics.stats.kappas import CountTable, many_raters
from metrics.stats.patterns import Level, Patterns
from metrics.stats.preferences import leaning
from metrics.stats.ratios import ratio_of, ratio_score
from tests.metrics.stats.build import voted, whole
from tests.paths import shared

SLOW = pytest.mark.integration
"""Seconds of work each: left out of the layer that answers at once."""


def factuality() -> Patterns:
    units: dict[Any, Counter[str]] = defaultdict(Counter)
    path = shared("data", "xsum_hallucination", "factuality_annotations_xsum_summaries.csv")
    with path.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["is_factual"] in {"yes", "no"}:
                units[row["bbcid"], row["system"]][row["is_factual"]] += 1
    return Patterns.from_units(units.values(), ["yes", "no"], "nominal")


def sarcasm(level: Level) -> Patterns:
    units = []
    for part in ("dev", "test"):
        items = json.loads(shared("data", "csc_sarcasm", f"CSC_{part}.json").read_text(encoding="utf-8"))
        units += [Counter(int(answer) for answer in item["annotations"].values()) for item in items.values()]
    return Patterns.from_units(units, [1, 2, 3, 4, 5, 6], level)


def check(data: Patterns, level: Level, value: float, low: float, high: float) -> None:
    checked = package_alpha(data, level)
    assert checked.computed_by == "krippendorff"
    assert checked.result.value == pytest.approx(value, abs=5e-5)
    interval = bootstrap_alpha(data, level, seed=seed_for("data set", level))
    assert interval.low == pytest.approx(low, abs=0.01)
    assert interval.high == pytest.approx(high, abs=0.01)


def test_factuality_of_summaries() -> None:
    data = factuality()
    assert (data.n_items, data.n_annotations) == (1858, 5564)
    check(data, "nominal", 0.7736, 0.732, 0.811)


@pytest.mark.parametrize(
    ("level", "value", "low", "high"),
    [
        ("ordinal", 0.3517, 0.324, 0.377),
        ("interval", 0.3606, 0.332, 0.385),
        ("nominal", 0.1181, 0.105, 0.130),
    ],
)
def test_sarcasm_ratings(level: Level, value: float, low: float, high: float) -> None:
    data = sarcasm(level)
    assert (data.n_items, data.n_annotations, len(data)) == (1408, 6410, 298)
    check(data, level, value, low, high)


def test_factuality_by_fleiss() -> None:
    data = factuality()
    complete = [row for row, size in enumerate(data.sizes) if size == 3]
    assert int(data.freq[complete].sum()) == 1848
    kappa = many_raters(CountTable(data.counts[complete], data.freq[complete]), "fleiss")
    assert kappa.value == pytest.approx(0.7744, abs=5e-5)


def words_marked() -> list[list[str]]:
    """One word and three raters a row: what each rater said first of it. The description's rule takes a word to be
    marked where a span ends right before it, as many offsets of this file fall short by one."""
    spans: dict[Any, dict[str, list[tuple[int, int, str]]]] = defaultdict(lambda: defaultdict(list))
    texts: dict[Any, str] = {}
    path = shared("data", "xsum_hallucination", "hallucination_annotations_xsum_summaries.csv")
    with path.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            unit = row["bbcid"], row["system"]
            texts[unit] = row["summary"]
            mine = spans[unit][row["worker_id"]]
            if row["hallucination_type"] != "NULL":
                start, end = int(row["hallucinated_span_start"]) - 1, int(row["hallucinated_span_end"]) - 1
                mine.append((start, end, row["hallucination_type"]))
    words = []
    for unit, raters in spans.items():
        for match in re.finditer(r"\S+", texts[unit]):
            first, last = match.span()
            words.append([next((t for s, e, t in mine if s < last and e >= first), "none") for mine in raters.values()])
    return words


@SLOW
def test_marked_words() -> None:
    words = words_marked()
    assert len(words) == 47949
    views = {"three": None, "any": {"intrinsic", "extrinsic"}, "intrinsic": {"intrinsic"}, "extrinsic": {"extrinsic"}}
    published = {"three": 0.7783, "any": 0.8004, "intrinsic": 0.6615, "extrinsic": 0.7854}
    for name, held in views.items():
        units = [Counter(value if held is None else str(value in held) for value in word) for word in words]
        values = sorted({value for unit in units for value in unit})
        found = alpha(Patterns.from_units(units, values, "nominal"), "nominal").value
        assert found == pytest.approx(published[name], abs=5e-5)


@SLOW
def test_boxes_of_two_hundred_images() -> None:
    images: dict[str, list[str]] = defaultdict(list)
    with shared("data", "boxes_braylan", "boundingbox_data.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            corners = ast.literal_eval(row["annotation"])
            images[row["item"]].append(
                json.dumps(
                    [
                        {
                            "x": min(a[0], b[0]),
                            "y": min(a[1], b[1]),
                            "width": abs(a[0] - b[0]),
                            "height": abs(a[1] - b[1]),
                        }
                        for a, b in corners
                    ]
                )
            )
    data = whole(list(images.values()), "boxes")
    assert (data.n_items, data.n_annotations) == (200, 1723)
    assert ratio_score(ratio_of(data, "boxes", "f1"), data, 10).value == pytest.approx(0.6452, abs=5e-5)
    distances = [
        2 * compare(drawn(a), drawn(b)).distance / (len(unit) - 1)
        for unit in images.values()
        for a, b in combinations(unit, 2)
    ]
    assert sum(distances) / data.n_annotations == pytest.approx(0.4623, abs=5e-5)


def translations() -> Patterns:
    """The first answer of each worker to each sentence."""
    units: dict[str, dict[str, str]] = defaultdict(dict)
    path = shared("data", "crowdwsa_t1", "CrowdWSA2019_T1_label_anonymous.tsv")
    rows = path.read_text(encoding="utf-8").split("\n")[1:]
    for row in filter(None, rows):
        worker, sentence, answer = row.split("\t")
        units[sentence].setdefault(worker, answer)
    return whole([list(answers.values()) for answers in units.values()], "token_edit")


def test_free_translations() -> None:
    data = translations()
    assert (data.n_items, data.n_annotations) == (100, 882)
    observed = float(data.freq @ within_distances(data)) / data.n_annotations
    assert observed == pytest.approx(0.6185, abs=5e-5)
    result = alpha(data, "token_edit")
    assert result.expected == pytest.approx(0.971, abs=0.002)
    assert result.value == pytest.approx(0.363, abs=0.002)
    equal = ratio_score(ratio_of(data, "token_edit", "percent"), data, 10)
    assert equal.value == pytest.approx(0.0175, abs=5e-5)


@SLOW
@pytest.mark.parametrize(
    ("topic", "pairs", "judgements", "nominal", "interval"),
    [("firefox", 351, 1750, 0.3125, 0.4528), ("ban-plastic", 496, 2474, 0.5313, 0.6491)],
)
def test_convincing_arguments(topic: str, pairs: int, judgements: int, nominal: float, interval: float) -> None:
    (path,) = shared("data", "convarg_pairs").glob(f"{topic}*.xml")
    units = [
        [str(answer.findtext("value")) for answer in pair.iter("mTurkAssignment")]
        for pair in ET.parse(path).getroot().iter("annotatedArgumentPair")
    ]
    assert (len(units), sum(map(len, units))) == (pairs, judgements)
    counted = [Counter(unit) for unit in units]
    assert alpha(Patterns.from_units(counted, ["a1", "equal", "a2"], "nominal"), "nominal").value == pytest.approx(
        nominal, abs=5e-5
    )
    numbers = [Counter(leaning(value, ("a1", "a2")) for value in unit) for unit in units]
    assert alpha(Patterns.from_units(numbers, None, "interval"), "interval").value == pytest.approx(interval, abs=5e-5)


def test_birds_by_many_eyes() -> None:
    labels = yaml.load(shared("data", "bluebirds", "labels.yaml").read_text(), yaml.CSafeLoader)
    truth = yaml.load(shared("data", "bluebirds", "gt.yaml").read_text(), yaml.CSafeLoader)
    images = sorted(truth)
    counts = np.zeros((len(images), len(labels), 2), dtype=np.int64)
    for place, answers in enumerate(labels.values()):
        for image, answer in answers.items():
            counts[images.index(image), place, int(bool(answer))] = 1
    gold = np.asarray([int(truth[image]) for image in images])
    assert counts.sum() == 4212
    majority = counts.sum(axis=1).argmax(axis=1)
    assert (majority == gold).mean() == pytest.approx(0.7593, abs=5e-5)
    assert (aggregate(voted(counts), "dawid_skene").answer == gold).mean() == pytest.approx(0.8981, abs=5e-5)
    check(
        Patterns.from_units([dict(enumerate(u)) for u in counts.sum(axis=1)], [0, 1], "nominal"),
        "nominal",
        0.1255,
        0.101,
        0.149,
    )
