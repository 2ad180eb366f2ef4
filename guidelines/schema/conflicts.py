"""What two lists of marks differ in: labels, boundaries, presence. For spans and boxes alike."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

Mark = Mapping[str, Any]
MOST_ANSWERS = 12
"""So many different answers are compared pair by pair; more of them differ in nothing new."""


def conflicts(
    answers: Sequence[Sequence[Mark]], *, title: Callable[[str], str], touch: Callable[[Mark, Mark], bool]
) -> str:
    """The kinds of conflict between any two answers, each once: “Loc against Per; boundaries of Per”.

    Two marks in the same place under different labels are against each other. Two of the same label that `touch` have
    other boundaries. What touches nothing is a question of presence.
    """
    found: set[str] = set()
    for a, b in combinations(answers[:MOST_ANSWERS], 2):
        found |= _between([m for m in a if m not in b], [m for m in b if m not in a], title, touch)
    return "; ".join(sorted(found))


def _between(
    ours: list[Mark], theirs: list[Mark], title: Callable[[str], str], touch: Callable[[Mark, Mark], bool]
) -> set[str]:
    found: set[str] = set()
    left = list(theirs)
    for mark in ours:
        other = _partner(mark, left, touch)
        if other is None:
            found.add(f"presence of {title(mark['label'])}")
            continue
        left.remove(other)
        if other["label"] == mark["label"]:
            found.add(f"boundaries of {title(mark['label'])}")
        else:
            found.add(" against ".join(sorted((title(mark["label"]), title(other["label"])))))
    return found | {f"presence of {title(mark['label'])}" for mark in left}


def _partner(mark: Mark, marks: Sequence[Mark], touch: Callable[[Mark, Mark], bool]) -> Mark | None:
    """The mark that this one most likely stands for: in the same place, of the same label, or touching it at least."""
    touching = [other for other in marks if touch(mark, other)]
    same_place = [other for other in touching if {**other, "label": ""} == {**mark, "label": ""}]
    same_label = [other for other in touching if other["label"] == mark["label"]]
    return next(iter((*same_place, *same_label, *touching)), None)
