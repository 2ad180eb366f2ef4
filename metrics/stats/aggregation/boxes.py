"""Boxes: those of several annotators around one object become one.

Boxes are joined across annotators by overlap, best first, at most one of each annotator (`metrics.stats.boxes`). An
object that at least half of the annotators drew gets the mean of their corners and the label that most of them gave.
`confidence` is the share of annotators who agree on an object (drew it with its label; or drew none, if it is left
out), in the mean over all objects that anybody drew.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from metrics.stats.aggregation.answers import Answers, written
from metrics.stats.aggregation.result import Aggregate
from metrics.stats.aggregation.sets import shares_of
from metrics.stats.aggregation.whole import Found, Tally, per_content
from metrics.stats.boxes import Drawn, drawn, groups
from metrics.stats.patterns import Value

DIGITS = 6
"""What an answer of boxes is rounded to."""
Box = dict[str, float | str]


def box_consensus(answers: Answers, *, half: str = "keep") -> Aggregate:
    """The mean boxes. An object of exactly half of the annotators is kept; with `half` "drop" it is left out, with
    "tie" the unit stands between both. Where two labels of an object are as common, the unit is tied."""
    return per_content("box_consensus", answers, lambda given: _decided(given, half))


def _decided(given: Sequence[Value], half: str) -> Found:
    answers = [drawn(value) for value in given]
    tally, plain, full = Tally(), list[Box](), list[Box]()
    for members in groups(answers):
        labels = Counter(answers[person].labels[place] for person, place in members)
        most = max(labels.values())
        leading = sorted(label for label, count in labels.items() if count == most)
        stands, may = tally.decide(len(members), len(answers), half)
        if stands:
            # Those who drew it with another label do not agree.
            tally.agreed -= (len(members) - most) / len(answers)
        tally.open |= may and len(leading) > 1
        corners = _mean(answers, members)
        plain += [{**corners, "label": leading[0]}] * stands
        full += [{**corners, "label": leading[-1]}] * may
    values = (_answer(plain), _answer(full)) if tally.open else (_answer(plain),)
    return Found(values, tally.confidence, shares_of(given))


def _mean(answers: Sequence[Drawn], members: Sequence[tuple[int, int]]) -> Box:
    corners = np.stack([answers[person].corners[place] for person, place in members])
    left, top, right, bottom = (round(float(side), DIGITS) for side in corners.mean(axis=0))
    return {"x": left, "y": top, "width": round(right - left, DIGITS), "height": round(bottom - top, DIGITS)}


def _answer(boxes: Sequence[Box]) -> str:
    return written(sorted(boxes, key=lambda box: (box["x"], box["y"], box["width"], box["height"], box["label"])))
