"""Free texts: how far two of them lie apart, and how much they have in common.

Token edit distance: Levenshtein (1966) over words, divided by the longer length, computed with bit vectors after
Myers (1999), J. ACM 46:395-415, in the form of Hyyrö (2003). chrF: Popović (2015), WMT, with beta = 1, so that
neither text is the reference of the other.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

CHRF_ORDER: Final = 6
FINAL: Final = ".!?…。！？"


MOST_WORDS: Final = 500
MOST_CHARACTERS: Final = 5_000
"""How much of each text is compared, from its beginning: whole books would keep everybody waiting."""


@lru_cache(maxsize=2_048)
def tokens_of(text: str) -> tuple[str, ...]:
    """The words that are compared: lower case, the punctuation at the very end left off."""
    return tuple(text.lower().rstrip(FINAL).split()[:MOST_WORDS])


def edit_distance(left: Sequence[str], right: Sequence[str]) -> int:
    """Insertions, deletions and substitutions between two sequences (Myers 1999; Hyyrö 2003)."""
    if len(left) > len(right):
        left, right = right, left
    if not left:
        return len(right)
    masks: dict[str, int] = {}
    for place, token in enumerate(left):
        masks[token] = masks.get(token, 0) | 1 << place
    full, last = (1 << len(left)) - 1, 1 << (len(left) - 1)
    positive, negative, distance = full, 0, len(left)
    for token in right:
        equal = masks.get(token, 0)
        diagonal = ((((equal & positive) + positive) ^ positive) | equal | negative) & full
        up = negative | (~(diagonal | positive) & full)
        down = positive & diagonal
        distance += bool(up & last) - bool(down & last)
        up = (up << 1 | 1) & full
        positive = ((down << 1) & full) | (~(diagonal | up) & full)
        negative = up & diagonal
    return distance


def token_distance(left: str, right: str) -> float:
    """Edits of words over the longer length, from 0 (equal) to 1 (nothing in common)."""
    a, b = tokens_of(left), tokens_of(right)
    longer = max(len(a), len(b))
    return edit_distance(a, b) / longer if longer else 0.0


@lru_cache(maxsize=32)
def _grams(text: str) -> tuple[Counter[str], ...]:
    plain = "".join(text.split())[:MOST_CHARACTERS]
    return tuple(
        Counter(plain[start : start + size] for start in range(len(plain) - size + 1))
        for size in range(1, CHRF_ORDER + 1)
    )


def chrf(left: str, right: str) -> float:
    """Mean F1 of character n-grams of one to six characters, blanks left out (Popović 2015); symmetric."""
    precision, recall, orders = 0.0, 0.0, 0
    for a, b in zip(_grams(left), _grams(right), strict=True):
        if not a or not b:
            continue
        common = (a & b).total()
        precision += common / a.total()
        recall += common / b.total()
        orders += 1
    if not orders:
        return 1.0 if "".join(left.split()) == "".join(right.split()) else 0.0
    total = precision + recall
    return 2 * precision * recall / (total * orders) if total else 0.0
