"""Whom the items of a preference question compare. Pure.

A contestant is the content of one of the two fields, known by the hash of its canonical JSON: the same content in
several items is one contestant, wherever it stands.
"""

from array import array
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np

from core.canonical import content_hash
from guidelines.schema.schema import LabelSchema
from metrics.stats.aggregation.answers import Answers
from metrics.stats.aggregation.bradley_terry import MOST_CONTESTANTS, comparisons_of
from metrics.stats.aggregation.result import Aggregate

DIGITS = 6
"""Of a strength, in log odds."""
NOBODY = -1


class Contestants:
    """The contents that units compare, collected one unit after the other. Two small numbers a unit."""

    def __init__(self, schema: LabelSchema, question: str) -> None:
        asked = schema.question(question)
        self._fields: tuple[str, str] = tuple(asked["fields"])
        self._verdicts = schema.kind(question).categories(asked) or []
        self._codes: dict[str, int] = {}
        self._seen_in: list[tuple[UUID, str]] = []
        self._sides = array("i")

    @property
    def is_crowded(self) -> bool:
        """There are more than any method takes: the contents of further items need not be read."""
        return len(self._codes) > MOST_CONTESTANTS

    def add(self, item: UUID, fields: Mapping[str, Any]) -> None:
        """The next unit, of an item with these fields."""
        self._sides.extend(self._code(item, name, fields.get(name)) for name in self._fields)

    def _code(self, item: UUID, name: str, content: Any) -> int:
        if content is None or self.is_crowded:
            return NOBODY
        code = self._codes.setdefault(content_hash(content), len(self._codes))
        if code == len(self._seen_in):
            self._seen_in.append((item, name))
        return code

    def games(self, answers: Answers) -> Answers:
        """What of `answers` compares two contestants. Who cannot judge says nothing about them, nor do answers that
        another version of the question took, nor those about items without one of the contents.
        """
        sides = np.asarray(self._sides, dtype=np.int64).reshape(-1, 2)
        verdicts = [code for code, value in enumerate(answers.values) if value in self._verdicts]
        kept = np.isin(answers.value, verdicts) & (sides[answers.unit] != NOBODY).all(axis=1)
        return replace(
            answers, unit=answers.unit[kept], annotator=answers.annotator[kept], value=answers.value[kept],
            sides=sides, contestants=tuple(self._codes),
        )  # fmt: skip

    def strengths(self, games: Answers, found: Aggregate) -> list[dict[str, Any]]:
        """The contestants by strength, the strongest first, each with an item that shows it and with how many answers
        compared it with another one. Those that none did are left out: nothing is known of them.
        """
        if found.fit is None or found.fit.strengths is None:
            return []
        rows = [
            {"contestant": name, "item": str(item), "field": field, "strength": round(float(strength), DIGITS), "n": n}
            for name, (item, field), strength, n in zip(
                games.contestants, self._seen_in, found.fit.strengths, comparisons_of(games).tolist(), strict=True
            )
            if n
        ]
        return sorted(rows, key=lambda row: (-row["strength"], row["contestant"]))
