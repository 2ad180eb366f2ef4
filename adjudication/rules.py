"""What counts as a disagreement, how strong it is, and how answers are shown without telling whose they are.

Pure functions over answers. The rule: two answers to one question agree when their kind says so (`Kind.same`); whoever
left the question unanswered, because its condition did not hold or it was optional, is not compared. Free text never
makes a case.
"""

import hmac
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from core.canonical import canonical_json
from guidelines.schema.schema import LabelSchema

T = TypeVar("T")

SKIPPED = "skipped"
"""The pattern of an item that nobody wants to answer."""
SKIPS_FOR_A_CASE = 3
LONGEST_PATTERN = 300
COUNTED_CASES = 1024
"""Prevalence is counted up to here: more of the same does not make a case more urgent."""
NEVER_COMPARED = frozenset({"text"})


def group_answers(schema: LabelSchema, question: str, answers: Sequence[Any]) -> list[tuple[Any, int]]:
    """The distinct answers with their counts, the most frequent first, ties in canonical order."""
    kind, settings = schema.kind(question), schema.question(question)
    groups: list[tuple[Any, int]] = []
    for answer in (kind.canonical(settings, given) for given in answers):
        for index, (known, count) in enumerate(groups):
            if kind.same(settings, known, answer):
                groups[index] = (min(known, answer, key=canonical_json), count + 1)
                break
        else:
            groups.append((answer, 1))
    return sorted(groups, key=lambda group: (-group[1], canonical_json(group[0])))


def distribution_of(groups: Sequence[tuple[Any, int]]) -> list[dict[str, Any]]:
    """`[{answer, share}]`, the largest share first."""
    total = sum(count for _, count in groups)
    return [{"answer": answer, "share": count / total} for answer, count in groups]


def percent_of(share: float) -> str:
    """A share of answers, or a probability, as people read it: what is not certain never reads as 0 or 100."""
    if 0 < share < 0.005:  # half a per cent
        return "under 1 %"
    return "over 99 %" if 0.995 <= share < 1 else f"{100 * share:.0f} %"


def disagreement_of(groups: Sequence[tuple[Any, int]]) -> float:
    """The share of pairs of answers that differ: 0 where all agree, 1 where nobody agrees with anybody."""
    total = sum(count for _, count in groups)
    if total < 2:
        return 0.0
    return 1 - sum(count * (count - 1) for _, count in groups) / (total * (total - 1))


def pattern_of(schema: LabelSchema, question: str, groups: Sequence[tuple[Any, int]]) -> str:
    """What the distinct answers differ in: most kinds list them as people read them."""
    kind, settings = schema.kind(question), schema.question(question)
    return kind.pattern(settings, [answer for answer, _ in groups])[:LONGEST_PATTERN]


def prevalence_level(cases: int) -> int:
    """How common a pattern is, in doublings: 1 for one case, 2 for two or three, … so it seldom has to be rewritten."""
    return max(min(cases, COUNTED_CASES), 1).bit_length()


def shuffled_by_case(rows: Sequence[T], *, case_id: object, secret: str, key: Callable[[T], object]) -> list[T]:
    """`rows` in an order that is fixed for the case and says nothing about who or when."""

    def place(row: T) -> bytes:
        return hmac.new(secret.encode(), f"{case_id}:{key(row)}".encode(), "sha256").digest()

    return sorted(rows, key=place)


def letter(index: int) -> str:
    """A, B, … Z, AA, AB, …"""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text
