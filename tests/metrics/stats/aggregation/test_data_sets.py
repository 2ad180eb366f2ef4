"""Real answers as one, held against the gold that comes with them."""

import ast
import csv
import json
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from metrics.stats.aggregation.answers import Answers
from metrics.stats.aggregation.methods import aggregate
from metrics.stats.aggregation.result import TIED, changes
from metrics.stats.boxes import compare, drawn
from metrics.stats.texts import token_distance
from tests.metrics.stats.aggregation.test_whole import whole
from tests.paths import shared

SLOW = pytest.mark.integration
"""Seconds of work: left out of the layer that answers at once."""


def as_boxes(corners: Any) -> str:
    """Pairs of corners in any order as an answer."""
    return json.dumps(
        [
            {
                "x": min(a[0], b[0]), "y": min(a[1], b[1]),
                "width": abs(a[0] - b[0]), "height": abs(a[1] - b[1]),
            }
            for a, b in corners
        ]
    )  # fmt: skip


@SLOW
def test_boxes_of_several_are_nearer_to_the_gold_than_those_of_one() -> None:
    images: dict[str, list[str]] = defaultdict(list)
    with shared("data", "boxes_braylan", "boundingbox_data.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            images[row["item"]].append(as_boxes(ast.literal_eval(row["annotation"])))
    given = json.loads(shared("data", "boxes_braylan", "boundingbox_gold.json").read_text())
    gold = [drawn(as_boxes([ast.literal_eval(pair) for pair in given[image]])) for image in images]
    answers = whole("boxes", list(images.values()))

    def f1(method: str) -> float:
        found = aggregate(answers, method)
        decided = [(found.value_of(unit), one) for unit, one in enumerate(gold) if not found.tied[unit]]
        return float(np.mean([compare(drawn(value), one).f1 for value, one in decided if value is not None]))

    alone = np.mean(
        [compare(drawn(mine), one).f1 for unit, one in zip(images.values(), gold, strict=True) for mine in unit]
    )
    assert alone == pytest.approx(0.660, abs=0.001)
    assert f1("box_consensus") == pytest.approx(0.757, abs=0.001)
    assert f1("medoid") == pytest.approx(0.775, abs=0.001)


def test_the_most_central_translation_is_nearer_to_the_reference() -> None:
    units: dict[str, dict[str, str]] = defaultdict(dict)
    path = shared("data", "crowdwsa_t1", "CrowdWSA2019_T1_label_anonymous.tsv")
    for row in filter(None, path.read_text(encoding="utf-8").split("\n")[1:]):
        worker, sentence, answer = row.split("\t")
        units[sentence].setdefault(worker, answer)
    lines = shared("data", "crowdwsa_t1", "CrowdWSA2019_T1_gt.tsv").read_text(encoding="utf-8").split("\n")[1:]
    reference = dict(line.split("\t")[:2] for line in lines if line)
    found = aggregate(whole("token_edit", [list(answers.values()) for answers in units.values()]), "medoid")
    alone = [
        1 - token_distance(answer, reference[sentence])
        for sentence, answers in units.items()
        for answer in answers.values()
    ]
    central = [
        1 - token_distance(str(found.value_of(unit)), reference[sentence])
        for unit, sentence in enumerate(units)
        if not found.tied[unit]
    ]
    assert (len(central), found.n_tied) == (97, 3)
    assert np.mean(alone) == pytest.approx(0.3855, abs=5e-5)
    assert np.mean(central) == pytest.approx(0.4903, abs=5e-5)


@SLOW
def test_ratings_of_very_many_people() -> None:
    """872 annotators with seven answers each: every one of them is smoothed, and the models still converge."""
    rows: list[tuple[int, str, int]] = []
    for part in ("dev", "test"):
        items = json.loads(shared("data", "csc_sarcasm", f"CSC_{part}.json").read_text(encoding="utf-8"))
        for item in items.values():
            unit = rows[-1][0] + 1 if rows else 0
            rows += [(unit, person, int(value)) for person, value in item["annotations"].items()]
    people = {name: code for code, name in enumerate(sorted({person for _, person, _ in rows}))}
    columns = list(zip(*[(unit, people[person], value - 1) for unit, person, value in rows], strict=True))
    answers = Answers.of("ordinal", *columns, [1, 2, 3, 4, 5, 6], categories=[1, 2, 3, 4, 5, 6])
    assert (answers.n_units, answers.n_annotators, len(answers)) == (1408, 872, 6410)
    votes, middle = aggregate(answers, "majority"), aggregate(answers, "median")
    apart = np.asarray([len({value for value, _ in votes.weights_of(unit)}) for unit in range(1408)])
    assert (votes.state[apart == 1] != TIED).all()
    for name in ("dawid_skene", "one_coin", "mace"):
        found = aggregate(answers, name)
        assert found.converged
        moved = changes(votes, found)
        assert moved.n == 1408
        assert moved.from_tie > 0.8 * votes.n_tied
        assert 0 < (moved.share or 0) < 0.8
    assert 0 < (changes(votes, middle).share or 0) < 1
