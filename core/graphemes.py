"""Where a text may be cut: never inside what a reader sees as one character (UAX 29, extended grapheme clusters)."""

from collections.abc import Iterable

from wcwidth import iter_graphemes

_PLAIN = "\u0300"
"""Below this code point no character joins its neighbours, but CR with LF."""


def inside_graphemes(text: str, offsets: Iterable[int]) -> frozenset[int]:
    """Those of `offsets`, counted in code points, that lie inside a grapheme cluster of `text`.

    Most edges stand between two plain characters and need no look at the rest; only for the others is the text walked,
    once, from the last plain character before the first of them: what follows such a character does not depend on what
    precedes it.
    """
    doubtful = sorted({offset for offset in offsets if 0 < offset < len(text) and not _is_plain(text, offset)})
    if not doubtful:
        return frozenset()
    begin = doubtful[0] - 1
    while begin and text[begin] >= _PLAIN:
        begin -= 1
    boundaries, place = set(), begin
    for cluster in iter_graphemes(text[begin : doubtful[-1] + 1]):
        boundaries.add(place)
        place += len(cluster)
    return frozenset(doubtful) - boundaries


def _is_plain(text: str, offset: int) -> bool:
    before, after = text[offset - 1], text[offset]
    return before < _PLAIN and after < _PLAIN and (before, after) != ("\r", "\n")
