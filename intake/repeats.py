"""The same annotator twice on the same item, or the same item twice: one rule for the whole file."""

from collections.abc import Callable, Iterator
from hashlib import blake2b

from core.canonical import canonical_json
from intake.apply import Mapped
from intake.mapping import ImportMapping
from intake.readers.base import FileRefused, RowProblem

NAMED_ROWS = 20
Results = Iterator[Mapped | RowProblem]
Rows = Callable[[], Results]
"""Reads the file from its beginning, each time it is called."""


def settle_repeats(rows: Rows, mapping: ImportMapping) -> Results:
    """The results of `rows`, with repeated (item, annotator) settled as `mapping.repeats` says.

    `first` and `last` report each row that gives way as `repeat`: a row gives way whole, also when only one
    of its annotators stands in another row. `refuse` raises FileRefused, when all rows are read, and names
    them. Rows that are reported already count for nothing. Where the file knows no annotators, each row of
    answers is its own. Memory: 16 bytes and a set entry for each kept answer, never a row.
    """
    if mapping.repeats == "last":
        return _keep_last(rows)
    return _keep_first(rows(), refuse=mapping.repeats == "refuse")


def _keys(mapped: Mapped) -> list[bytes]:
    """What may stand once in a file: item and annotator, or the item where the file brings no answers."""
    item = mapped.item.external_id
    if not mapped.answers:
        return [_key([item])]
    return [_key([item, answer.annotator]) for answer in mapped.answers if answer.annotator is not None]


def _key(parts: list[str | None]) -> bytes:
    return blake2b(canonical_json(parts), digest_size=16).digest()


def _repeat(line: int) -> RowProblem:
    detail = "Another row of the file holds the same item and annotator and is the one that is kept."
    return RowProblem(line, "#", "repeat", detail)


def _keep_first(results: Results, *, refuse: bool) -> Results:
    seen: set[bytes] = set()
    repeated: list[int] = []
    count = 0
    for result in results:
        if isinstance(result, RowProblem):
            yield result
            continue
        keys = _keys(result)
        if seen.isdisjoint(keys):
            seen.update(keys)
            yield result
            continue
        count += 1
        if len(repeated) < NAMED_ROWS:
            repeated.append(result.line)
        yield _repeat(result.line)
    if refuse and count:
        raise _refusal(repeated, count)


def _refusal(repeated: list[int], count: int) -> FileRefused:
    named = ", ".join(str(line) for line in repeated)
    more = f" and {count - len(repeated)} more" if count > len(repeated) else ""
    detail = (
        f"The rows of lines {named}{more} repeat an item and annotator of an earlier row; "
        "set “repeats” to “first” or “last”, or remove them."
    )
    return FileRefused("repeats", detail)


def _keep_last(rows: Rows) -> Results:
    """Two passes: the first learns the last line of each key. A row gives way as soon as one of its keys
    stands in a later row.
    """
    last: dict[bytes, int] = {}
    for result in rows():
        if isinstance(result, Mapped):
            last.update(dict.fromkeys(_keys(result), result.line))
    for result in rows():
        if isinstance(result, Mapped) and any(last[key] != result.line for key in _keys(result)):
            yield _repeat(result.line)
        else:
            yield result
