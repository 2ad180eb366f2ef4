"""Each pair of people as a matrix: agreement above the diagonal, items below it. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.figures import figure

MOST_PEOPLE: Final = 20
"""A larger matrix cannot be read; each person against the rest is shown instead."""


@dataclass(frozen=True)
class PairCell:
    """`kind` is self, score or items; `name` says all of it to somebody who cannot see where it stands."""

    kind: str
    text: str
    note: str
    address: str
    name: str


@dataclass(frozen=True)
class PeopleMatrix:
    """People in order of name."""

    names: list[str]
    rows: list[tuple[str, list[PairCell]]]


def people_in(row: Mapping[str, Any]) -> list[str]:
    """Everybody whom the first row of a run names, as texts."""
    found = {one["annotator"] for one in row.get("annotators", ())}
    found |= {pair[side] for pair in row.get("pairs", ()) for side in ("a", "b")}
    return sorted(found)


def people_matrix(
    row: Mapping[str, Any], names: Mapping[str, str], address: Callable[[str, str], str]
) -> PeopleMatrix | None:
    """From the first row of a run; None where there are no pairs, or too many people for a matrix."""
    people = sorted(people_in(row), key=lambda user: (names[user].casefold(), user))
    if not row.get("pairs") or not 2 <= len(people) <= MOST_PEOPLE:
        return None
    pairs = {frozenset((pair["a"], pair["b"])): pair for pair in row["pairs"]}
    answered = {one["annotator"]: one["n"] for one in row.get("annotators", ())}
    rows = []
    for place, one in enumerate(people):
        cells: list[PairCell] = []
        for other_place, other in enumerate(people):
            pair, both = pairs.get(frozenset((one, other))), f"{names[one]} and {names[other]}"
            of = min((answered[user] for user in (one, other) if user in answered), default=None)
            if place == other_place:
                cells.append(PairCell("self", "", "", "", f"{names[one]} with themselves: not measured"))
            elif other_place > place:
                cells.append(_score(pair, both, address(one, other)))
            else:
                cells.append(_items(pair, both, of, address(one, other)))
        rows.append((names[one], cells))
    return PeopleMatrix([names[user] for user in people], rows)


def _score(pair: Mapping[str, Any] | None, both: str, address: str) -> PairCell:
    if pair is None:
        return PairCell("score", "few", "", "", f"{both}: fewer items in common than are needed")
    if pair["value"] is None:
        reason = str(pair.get("reason") or "nothing to compare")
        return PairCell("score", "undefined", "", address, f"{both}: undefined. {reason}")
    text = figure(pair["value"])
    percent = f", {pair['percent'] * 100:.0f} % equal" if pair.get("percent") is not None else ""
    return PairCell("score", text, "", address, f"{both}: alpha {text}{percent}, {pair['n_items']} items")


def _items(pair: Mapping[str, Any] | None, both: str, of: int | None, address: str) -> PairCell:
    """`of`: how many items the one of the two who answered less has answered together with anybody."""
    if pair is None:
        return PairCell("items", "few", "", "", f"{both}: fewer items in common than are needed")
    available = f" of {of} available" if of is not None else ""
    words = f"{both}: {pair['n_items']} items compared{available}"
    return PairCell("items", str(pair["n_items"]), f"of {of}" if of is not None else "", address, words)


def against_rest(row: Mapping[str, Any], names: Mapping[str, str]) -> Sequence[dict[str, Any]]:
    """Each person against all others, lowest agreement first, those withheld last."""
    found = [one | {"name": names[one["annotator"]]} for one in row.get("annotators", ())]
    return sorted(found, key=lambda one: (one["with_rest"] is None, one["with_rest"] or 0.0, one["name"]))
