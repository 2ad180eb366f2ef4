"""Boxes on an image: matched by overlap, scored by F1 and by alpha over the objects found.

Boxes of two annotators are matched one to one so that the sum of their IoU (Jaccard 1901) is greatest (Kuhn 1955,
the Hungarian method, by SciPy). For alpha, matched boxes are one object; every annotator of the image gives each
object a value, the label of their box or "no box" (K-alpha: Tschirschwitz et al. 2022, arXiv:2212.06193). Leaving
the missing boxes out as missing values would hide every disagreement about whether something is there.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Final

import numpy as np

from metrics.stats.patterns import FloatArray, UnknownValueError, Value

NO_BOX: Final = ""
"""The value of an object for an annotator who drew no box around it; no label is empty."""
MATCHED: Final = 0.5
"""The least IoU of two boxes of one object (Everingham et al. 2010, PASCAL VOC)."""
SAME_LABEL: Final = 1e-6
"""Of equally good matches the one with equal labels is taken."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """The boxes of one annotator: n x 4 corners (left, top, right, bottom) and their labels."""

    corners: FloatArray
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


@lru_cache(maxsize=20_000)
def drawn(key: Value) -> Drawn:
    """The boxes of an answer `[{x, y, width, height, label}]` written as JSON."""
    try:
        boxes = json.loads(str(key))
        rows = [(b["x"], b["y"], b["x"] + b["width"], b["y"] + b["height"]) for b in boxes]
        corners = np.asarray(rows, dtype=np.float64).reshape(len(rows), 4)
        return Drawn(corners, tuple(str(box.get("label", "box")) for box in boxes))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnknownValueError(f"{key!r} is no list of boxes.") from error


def overlaps(left: FloatArray, right: FloatArray) -> FloatArray:
    """IoU of each box of `left` with each of `right` (Jaccard 1901)."""
    top = np.maximum(left[:, np.newaxis, :2], right[np.newaxis, :, :2])
    bottom = np.minimum(left[:, np.newaxis, 2:], right[np.newaxis, :, 2:])
    common = np.prod(np.maximum(bottom - top, 0.0), axis=-1)
    sizes = [np.prod(side[:, 2:] - side[:, :2], axis=-1) for side in (left, right)]
    union = sizes[0][:, np.newaxis] + sizes[1][np.newaxis, :] - common
    return np.asarray(np.divide(common, union, out=np.zeros_like(common), where=union > 0), dtype=np.float64)


def assign(score: FloatArray) -> list[tuple[int, int]]:
    """One to one, with the greatest sum (Kuhn 1955)."""
    if not score.size:
        return []
    from scipy.optimize import linear_sum_assignment  # only boxes need it, and it costs a process a second and 50 MB

    rows, columns = linear_sum_assignment(score, maximize=True)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def matches(left: Drawn, right: Drawn) -> list[tuple[int, int, float]]:
    """(place left, place right, IoU) of the boxes that share any area when IoU is greatest in sum."""
    iou = overlaps(left.corners, right.corners)
    same = np.asarray([[a == b for b in right.labels] for a in left.labels], dtype=np.float64).reshape(iou.shape)
    return [(a, b, float(iou[a, b])) for a, b in assign(iou + SAME_LABEL * same * (iou > 0)) if iou[a, b] > 0]


@dataclass(frozen=True)
class BoxPair:
    """Two annotators on one image: F1 at IoU .5 and equal labels, and the IoU of what was matched."""

    matched: int
    """Pairs of boxes with IoU of at least .5 and the same label."""
    iou: float
    """Their IoU in sum."""
    soft: float
    """The IoU of all matched boxes of the same label in sum, however small."""
    total: int
    """Boxes of both."""

    @property
    def f1(self) -> float:
        return 2 * self.matched / self.total if self.total else 1.0

    @property
    def distance(self) -> float:
        """1 - 2 sum IoU / boxes, 0 where nobody drew one."""
        return 1 - 2 * self.soft / self.total if self.total else 0.0


def compare(left: Drawn, right: Drawn) -> BoxPair:
    """Matched within each label, so that another label never takes a box's partner away."""
    matched, iou, soft = 0, 0.0, 0.0
    for label in sorted(set(left.labels) & set(right.labels)):
        sides = [side.corners[[name == label for name in side.labels]] for side in (left, right)]
        table = overlaps(*sides)
        for a, b in assign(table):
            soft += table[a, b]
            if table[a, b] >= MATCHED:
                matched += 1
                iou += table[a, b]
    return BoxPair(matched, float(iou), float(soft), len(left) + len(right))


def groups(answers: Sequence[Drawn]) -> list[list[tuple[int, int]]]:
    """The boxes that stand around each object, as (annotator, place), in the order of the annotators.

    Boxes matched between two annotators are joined, best overlap first, as long as an object keeps at most one box
    of each annotator: the result does not depend on the order of the annotators.
    """
    found = [
        (-iou, (i, a), (j, b))
        for (i, left), (j, right) in combinations(enumerate(answers), 2)
        for a, b, iou in matches(left, right)
        if iou >= MATCHED
    ]
    group = {(i, a): {(i, a)} for i, answer in enumerate(answers) for a in range(len(answer))}
    for _, one, other in sorted(found):
        mine, theirs = group[one], group[other]
        if mine is not theirs and not {i for i, _ in mine} & {i for i, _ in theirs}:
            mine |= theirs
            group.update(dict.fromkeys(theirs, mine))
    return [sorted(members) for members in {id(members): members for members in group.values()}.values()]


def objects(answers: Sequence[Drawn]) -> Iterator[Counter[str]]:
    """The values that each object was given, one by every annotator."""
    for members in groups(answers):
        values = Counter(answers[i].labels[a] for i, a in members)
        if len(members) < len(answers):
            values[NO_BOX] = len(answers) - len(members)
        yield values
